def claim_step(order, user, side, now):
    return None


def dispute_step(order, user, side, now):
    return None
