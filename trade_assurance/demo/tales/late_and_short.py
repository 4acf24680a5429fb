"""Late and short: two claims on one order, decided by staff, and our guarantee (architecture.md §8, rows 0 to 18)."""

import uuid
from datetime import timedelta

from django.contrib.auth.models import Group

from accounts.models import User
from disputes import actions, facts
from disputes.actions import Finding, Item
from disputes.models import DecidedClaim, Decision, Dispute
from orders import actions as order_actions
from orders.models import Order
from orders.terms import LineTerms, Terms
from payments import actions as payment_actions
from payments.models import Sending
from trade_assurance import money
from trade_assurance.demo.tales.teller import BUYER, EARNED, SUPPLIER, TIME, US, USD, Teller, Wrong
from trade_assurance.refused import NotAllowed

A, B = "_a", "_b"
FIRST, SECOND = "Ines Marchetti", "Samuel Achterberg"
LATE_DAYS = 12
S, Outcome = Dispute.Status, DecidedClaim.Outcome


class LateAndShort(Teller):
    """The goods leave twelve days late and are short; an offer is refused, staff decide, the guarantee pays."""

    TITLE = "LATE AND SHORT: WHAT PROTECTION IS FOR"
    DAYS = 160

    def run(self) -> None:
        """The whole tale; raises Wrong at the first figure that is not right."""
        self.open_tale(
            f"{BUYER} buys 100 lamps of two kinds for USD 10,000.00 from {SUPPLIER}, which has 3 stars. Up to receipt "
            "all is as in the first tale, but the goods leave twelve days late. Then the cartons are opened."
        )
        self.set_up()
        self.adjudicators = [self._adjudicator(name) for name in (FIRST, SECOND)]
        self.place(
            A,
            self._terms_a,
            "60 table lamps and 40 floor lamps in brass, on board within 30 days.",
            "Deposit 30 % by card, balance 70 % by T/T",
        )
        self.pay(A)
        self.wait(days=1)
        self.produce(A)
        self._deliver_late()
        self._claim_cracked()
        self._claim_late_and_short()
        self._decide_cracked()
        self._refuse_and_escalate()
        self._decide_with_four_eyes()
        self._guarantee()
        self._close_a()
        self._order_b()
        self.prove()

    def _adjudicator(self, name: str) -> User:
        person = self.person(name, full_name=name)
        person.groups.add(Group.objects.get(name="adjudicator"))
        return User.objects.get(pk=person.pk)

    def _terms_a(self) -> Terms:
        return self.terms(
            "Brass lamps, 100 pieces",
            [
                LineTerms("Table lamp, brass", 60, "pieces", 100_00),
                LineTerms("Floor lamp, brass", 40, "pieces", 100_00),
            ],
            [("Deposit", 3_000_00, "production", 7), ("Balance", 7_000_00, "shipment", 14)],
        )

    def _deliver_late(self) -> None:
        order = self.order(A)
        self.now = order.ship_by_at + timedelta(hours=1)
        self.heading(TIME, "passes the ship-by date: nothing has been shipped", "The order is late from here.")
        self.hold("late", order.is_late(self.now), True)
        self.now = order.ship_by_at + timedelta(days=LATE_DAYS) - timedelta(hours=8)
        self.ship(A, "BL-804417", f"ships all cartons, {LATE_DAYS} days late", "A late shipment leaves compensation.")
        self.wait(days=12)
        self.receive(A, "confirms that all cartons have come, and opens them next week")

    # claim 1 ------------------------------------------------------------------------------------------------------

    def _file(self, *items: Item) -> Dispute:
        return actions.file_claim(order_id=self.orders[A], key=uuid.uuid4(), items=items, by=self.buyer, now=self.now)

    def _line(self, number: int) -> int:
        return self.order(A).lines.get(number=number).id

    def _claim_cracked(self) -> None:
        self.wait(days=3)
        self.first = self._file(
            Item(
                line_id=self._line(1),
                reason="quality",
                wish="refund",
                agreed="Shades without cracks.",
                came="12 of the 60 table lamps have cracked shades.",
                facts={"inspected": 60, "critical": 0, "major": 12, "minor": 0},
            )
        )
        self.heading(
            BUYER,
            "claims for line 1: 12 of 60 table lamps are cracked",
            "20 % of USD 6,000.00 are USD 1,200.00. Exactly that is held; it stays where it is, in escrow.",
        )
        self.hold("claimed", self.first.cap_minor, 1_200_00)
        self.hold("held", self._held(), 1_200_00)
        self._write(self.buyer, "Photographs and our count are ready for whoever looks at this.")
        self._write(self.seller, "They left our works whole. We offer nothing for these.")

    def _claim_late_and_short(self) -> None:
        self.wait(days=1)
        line = self._line(2)
        agreed, came = "40 floor lamps, on board by the ship-by date.", "15 floor lamps came, and twelve days late."
        self.second = self._file(
            Item(line, "shortage", "refund", agreed, came, {"received": 15}),
            Item(line, "late", "compensation", agreed, came),
        )
        self.heading(
            BUYER,
            "claims for line 2: 25 of 40 floor lamps are missing, and the rest were late",
            "25 × 100.00, and 12 days × 0.5 % of USD 1,500.00: USD 2,590.00. Escrow can hold 1,800.00 of it.",
        )
        self.hold("claimed", self.second.cap_minor, 2_590_00)
        self.hold("held", self._held(), 3_000_00)
        self.hold("covered", self.order(A).covered_minor, 9_980_00)

    def _decide_cracked(self) -> None:
        self.now = Dispute.objects.get(pk=self.first.id).escalate_from_at + timedelta(minutes=5)
        actions.escalate(dispute_id=self.first.id, by=self.buyer, now=self.now)
        self.heading(BUYER, "has staff decide claim 1, 72 hours after filing it", "Five days for evidence begin.")
        self._refused_offer()
        self._let_file_close(self.first)
        by = self.adjudicators[0]
        actions.pick_up(dispute_id=self.first.id, by=by, now=self.now)
        decision = self._propose(self.first, "Cracked shades: 20 % of the value was refunded.")
        self.heading(
            FIRST,
            "decides claim 1 as the guide recommends: USD 1,200.00",
            "Below USD 5,000 and as the guide says, so one adjudicator is enough.",
        )
        self.hold("award", decision.award_minor, 1_200_00)
        self.hold("needs a second", decision.needs_second, False)
        for person in (self.buyer, self.seller):
            actions.waive_appeal(dispute_id=self.first.id, by=person, now=self.now)
        self.heading("Both sides", "waive their appeal: the decision is carried out", "Escrow has it; no guarantee.")
        self.books(bank=3_988_50, escrow_a=-1_800_00, refund_payable_a=-1_200_00, **EARNED)
        self._refund(1_200_00, {"escrow_a": -1_800_00} | EARNED, at_bank=3_988_50)
        self.hold("covered", self.order(A).covered_minor, 8_780_00)

    # claim 2 ------------------------------------------------------------------------------------------------------

    def _refused_offer(self) -> None:
        self.wait(hours=2)
        offer = actions.make_offer(
            dispute_id=self.second.id,
            key=uuid.uuid4(),
            amount_minor=900_00,
            note="The forwarder counted the cartons, not the lamps. We offer this to end it.",
            by=self.seller,
            now=self.now,
        )
        self.heading(SUPPLIER, "offers USD 900.00 for claim 2", "Both sides see beforehand what would move.")
        self.wait(hours=6)
        actions.reject_offer(dispute_id=self.second.id, number=offer.number, by=self.buyer, now=self.now)
        self.heading(BUYER, "refuses the offer", "USD 900.00 would pay for nine lamps, and 25 are missing.")

    def _refuse_and_escalate(self) -> None:
        case = Dispute.objects.get(pk=self.second.id)
        self.hold("escalated by", case.escalated_by, "time")
        self.hold("escalated after", case.escalated_at - case.filed_at, timedelta(days=7))
        self._let_file_close(self.second)

    def _let_file_close(self, dispute: Dispute) -> None:
        """The days for evidence and its answers pass; claim 2 is escalated by time on the way."""
        case = Dispute.objects.get(pk=dispute.id)
        if case.status == S.EVIDENCE:
            evidence_ends, rebuttal_ends = case.evidence_ends_at, case.rebuttal_ends_at
            self._escalate_second_before(evidence_ends)
            self.now = evidence_ends
            actions.close_evidence(dispute_id=case.id, now=self.now)
            self.now = rebuttal_ends
            actions.close_rebuttal(dispute_id=case.id, now=self.now)
        self.hold("status", Dispute.objects.get(pk=dispute.id).status, S.DECIDING)
        self.wait(hours=3)

    def _escalate_second_before(self, limit) -> None:
        case = Dispute.objects.get(pk=self.second.id)
        if case.status != S.OPEN:
            return
        if case.escalate_at > limit:
            raise Wrong("claim 2 is escalated too late for this tale")
        self.now = case.escalate_at
        actions.escalate(dispute_id=case.id, by=None, now=self.now)
        self.heading(
            TIME,
            "has run for 7 × 24 hours since claim 2: it goes to the staff",
            "Nobody had to do anything, and nobody loses by having been silent.",
        )

    def _decide_with_four_eyes(self) -> None:
        first, second = self.adjudicators
        actions.pick_up(dispute_id=self.second.id, by=first, now=self.now)
        decision = self._propose(
            self.second,
            "25 of 40 lamps short, the rest twelve days late: the lamps were paid, the delay was not.",
            is_delay_paid=False,
            because="For these twelve days the buyer itself had asked to wait for its forwarder.",
        )
        self.heading(
            FIRST,
            "proposes USD 2,500.00 for claim 2",
            "The guide says 2,590.00. The delay was the buyer's own: 90.00 less, a deviation with a reason.",
        )
        self.hold("award", decision.award_minor, 2_500_00)
        self.hold("deviates", decision.deviates, True)
        self.hold("status", decision.status, Decision.Status.PROPOSED)
        try:
            actions.approve(decision_id=decision.id, digest=decision.digest, by=first, now=self.now)
        except NotAllowed:
            self.heading(FIRST, "cannot approve it", "A deviation from the guide needs a second pair of eyes.")
        else:
            raise Wrong("one person proposed and approved a decision")
        self.wait(hours=5)
        decision = actions.approve(decision_id=decision.id, digest=decision.digest, by=second, now=self.now)
        self.heading(
            SECOND,
            "approves exactly what was proposed",
            f"Bound by SHA-256 {decision.digest[:12]}… Each side may appeal for seven days.",
        )
        self.hold("status", decision.status, Decision.Status.FINAL)

    def _guarantee(self) -> None:
        case = Dispute.objects.get(pk=self.second.id)
        self.now = case.appeal_ends_at
        actions.execute(dispute_id=case.id, now=self.now)
        self.heading(
            TIME,
            "reaches the end of the seven days: nobody has appealed, the decision is carried out",
            "Escrow has USD 1,800.00, and the supplier is owed nothing. The missing USD 700.00 come from us: the "
            "guarantee. The supplier owes them.",
        )
        owed = {"supplier_receivable": 700_00} | EARNED
        self.books(bank=2_788_50, refund_payable_a=-2_500_00, **owed)
        self._refund(2_500_00, owed, at_bank=2_788_50)
        order = self.order(A)
        self.hold("refunded", order.refunded_minor, 3_700_00)
        self.hold("escrow", order.escrow_minor, 0)
        tt = order.payments.get(method="tt")
        self.hold("refunded of the transfer", tt.refunded_minor, 3_700_00)
        self.hold("case", Dispute.objects.get(pk=case.id).outcome, Dispute.Outcome.DECIDED)

    # the parts ----------------------------------------------------------------------------------------------------

    def _propose(self, dispute: Dispute, summary: str, *, is_delay_paid: bool = True, because: str = "") -> Decision:
        """What the guide recommends, but no compensation for the delay when it is not to be paid."""
        case = Dispute.objects.get(pk=dispute.id)
        reason = "As the count and the bill of lading show."
        findings = [
            Finding(each.claim.id, Outcome.REJECT, 0, {}, reason)
            if each.recommendation.outcome == Outcome.COMPENSATION and not is_delay_paid
            else Finding(each.claim.id, each.recommendation.outcome, each.recommendation.amount_minor, {}, reason)
            for each in facts.advice(case, self.now)
        ]
        return actions.propose(
            dispute_id=case.id,
            findings=findings,
            facts="The count of the buyer is not contested in its figures.",
            rules=("Remedies", "Rule 9"),
            reasons="The remedies of the rulebook on the facts found.",
            summary=summary,
            at_fault="supplier",
            deviation_reason=because,
            by=self.adjudicators[0],
            now=self.now,
        )

    def _write(self, by: User, words: str) -> None:
        order_actions.write_message(order_id=self.orders[A], key=uuid.uuid4(), body=words, by=by, now=self.now)

    def _held(self) -> int:
        return self.order(A).holds.open().held_minor()

    def _refund(self, amount: int, held: dict, *, at_bank: int) -> None:
        """What is owed to the buyer of A goes through the bank: rows 10 and 13."""
        self.wait(hours=1)
        [refund] = payment_actions.send_refunds(order_id=self.orders[A], now=self.now)
        payment_actions.push_refund(refund_id=refund.id, now=self.now)
        self.hold("refund", refund.amount_minor, amount)
        shown = money.display(amount, USD)
        self.heading(US, f"tells the bank to refund {shown}", "To the latest payment first: the transfer, so no fee.")
        self.books(bank=at_bank, clearing_bank=-amount, **held)
        self.wait(days=1)
        refund = payment_actions.push_refund(refund_id=refund.id, now=self.now)
        self.hold("refund", refund.status, Sending.CONFIRMED)
        self.heading("The bank", "confirms that it has gone")
        self.books(bank=at_bank - amount, **held)

    def _close_a(self) -> None:
        for _ in self.order(A).lines.all():
            self.now = self.order(A).protection_ends_at
            self.close_window(A)
        self.heading(
            TIME,
            "closes the window of the second line too: it had stood still for its claim",
            "Nothing is left in escrow, and USD 10,000.00 of the supplier's limit are free again.",
        )
        self.books(bank=288_50, supplier_receivable=700_00, **EARNED)
        self.hold("status", self.order(A).status, Order.Status.EXPIRED)
        self.supplier.refresh_from_db()
        self.hold("reserved limit", self.supplier.reserved_minor, 0)

    # order B ------------------------------------------------------------------------------------------------------

    def _terms_b(self) -> Terms:
        line = LineTerms("Ceiling lamp, brass", 50, "pieces", 100_00)
        return self.terms("Ceiling lamps, 50 pieces", [line], [("Full payment", 5_000_00, "production", 7)])

    def _order_b(self) -> None:
        self.place(B, self._terms_b, "50 ceiling lamps, as the sample.", "All of it by T/T")
        self.wait(days=1)
        part = self.order(B).instalments.get()
        self.till.transfer(part, part.open_minor, now=self.now)
        self.heading(BUYER, "sends USD 5,000.00 by T/T, without a cent missing")
        owed = {"supplier_receivable": 700_00} | EARNED
        self.books(bank=5_288_50, escrow_b=-5_000_00, **owed)
        self.wait(days=10)
        self.ship(B, "BL-810092", "ships all 50 lamps, in time")
        self.wait(days=12)
        order_actions.confirm_receipt(order_id=self.orders[B], counts=[], by=self.buyer, now=self.now)
        self.heading(
            BUYER,
            "confirms receipt, all as agreed",
            "USD 3,500.00 are released: 70.00 are our service fee of 2 %, 700.00 pay the guarantee back, and "
            "2,730.00 are the supplier's.",
        )
        held = {"escrow_b": -1_500_00, "service_fees": -70_00} | EARNED
        self.books(bank=5_288_50, supplier_payable=-2_730_00, **held)
        self.wait(hours=1)
        self.pay_out(2_730_00, held, at_bank=5_288_50)
        self.say(
            "The buyer has been refunded USD 3,700.00 and keeps what came. The supplier has kept USD 6,300.00 of the "
            "first order, and its next one has paid our guarantee back."
        )
