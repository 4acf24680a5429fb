"""What somebody tries who wants goods and money, or to be paid for nothing, or to hold the other side's money."""

import pytest

from disputes import actions
from disputes.models import Decision, Dispute
from tests import cases
from tests.disputes import staff
from tests.stories import DAY
from trade_assurance.refused import MovedOn

S = Dispute.Status


@pytest.fixture
def ada(db):
    return staff.adjudicator("ada")


@pytest.fixture
def ben(db):
    return staff.adjudicator("ben")


def test_a_proposal_from_before_a_settlement_is_not_approved_after_it(world, ada, ben):
    """Else the part that the settlement paid is paid once more: the proposal knows nothing of it."""
    dispute, now = staff.held(world, ada, contract=cases.two_lines())
    old = staff.deviating(dispute, ada, now, amount_minor=1_100_00)
    by = now + 15 * DAY
    dispute = cases.settle(dispute, world, 200_00, replacement="12 lamps", replace_by_at=by, now=now)
    assert dispute.status == S.REPLACING
    actions.send_goods(dispute_id=dispute.id, carrier="DHL", tracking_number="1", by=world.seller, now=by - DAY)
    actions.contest_performance(dispute_id=dispute.id, because="Scratched again", by=world.buyer, now=by)
    with pytest.raises(MovedOn, match="not waiting any more"):
        actions.approve(decision_id=old.id, digest=old.digest, by=ben, now=by)
    assert Decision.objects.get(pk=old.pk).status == Decision.Status.WITHDRAWN
    actions.pick_up(dispute_id=dispute.id, by=ada, now=by)
    staff.deviating(cases.fresh(dispute), ada, by, amount_minor=1_000_00)
