"""How each step that a person could take is taken over REST: the method and address of its code.

Each app registers its own; the arguments are those of the step's page, the order's or case's reference first.
"""

ROOT = "/api/v1"
_ways: dict[str, tuple[str, str]] = {}


def register(code: str, method: str, address: str) -> None:
    """Name the way of a step: `register("accept", "POST", "orders/{0}/accept/")`."""
    _ways[code] = (method, address)


def way(step) -> tuple[str, str] | None:
    """Method and address of a step; None for one that is taken on its page alone."""
    if step.code not in _ways or not step.target:
        return None
    method, address = _ways[step.code]
    return method, f"{ROOT}/{address.format(*step.target[1:])}"


for code, method, tail in (
    ("edit", "PUT", "draft/"),
    ("accept", "POST", "accept/"),
    ("cancel", "POST", "cancel/"),
    ("propose_cancel", "POST", "cancel-proposal/"),
    ("withdraw_proposal", "DELETE", "cancel-proposal/"),
    ("confirm_production", "POST", "production/"),
    ("keep_late", "POST", "keep/"),
    ("ship", "POST", "shipments/"),
    ("confirm_receipt", "POST", "receipt/"),
    ("extend_confirm", "POST", "extension/"),
    ("later_receipt", "POST", "later-receipts/"),
    ("amend", "POST", "amendment/"),
    ("answer_amendment", "POST", "amendment/accept/"),
    ("decline_amendment", "POST", "amendment/decline/"),
    ("withdraw_amendment", "POST", "amendment/withdraw/"),
    ("message", "POST", "messages/"),
    ("review", "POST", "review/"),
    ("reply", "POST", "review/reply/"),
    ("revise", "POST", "review/revision/"),
):
    register(code, method, f"orders/{{0}}/{tail}")
