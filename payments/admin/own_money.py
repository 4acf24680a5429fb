"""What finance does on a bank entry's page with what is no buyer's: a processor's payout, a bank charge, own funds."""

from unfold.decorators import action

from payments import actions
from payments.admin.desk_forms import PayoutForm
from payments.models import BankEntry
from trade_assurance import money
from trade_assurance.rulebook import CURRENT
from trade_assurance.staff import is_row_page

OWN_ACTS = ("take_payout", "book_charge", "book_own_funds")
TWO = f"Above {money.display(CURRENT.two_person_match_usd, 'USD')} it is proposed, and a second person does it."
CREDIT, DEBIT = BankEntry.Direction.CREDIT, BankEntry.Direction.DEBIT


class OwnMoneyActs:
    """Acts of a bank entry's page; each button is there only where the act could be right."""

    def _may(self, request, obj, **fits) -> bool:
        """Finance, on what still waits and fits: `obj` is the entry's id where the page has one."""
        if not request.user.has_perm("payments.match_entry"):
            return False
        return obj is None or not is_row_page(request) or BankEntry.objects.undecided().filter(pk=obj, **fits).exists()

    def has_payout_permission(self, request, obj=None):
        return self._may(request, obj, direction=CREDIT) and (
            obj is None or not is_row_page(request) or not BankEntry.objects.filter(pk=obj, gateway="").exists()
        )

    def has_charge_permission(self, request, obj=None):
        """What has left; and what the bank gives back."""
        return (
            self._may(request, obj, direction=DEBIT)
            or self._may(request, obj, is_reversal=True, gateway="")
            or self._may(request, obj, is_return=True, gateway="")
        )

    def has_own_permission(self, request, obj=None):
        return self._may(request, obj, direction=DEBIT) or self._may(request, obj, gateway="")

    @action(description="Accept as a payout", url_path="payout", permissions=["payout"], icon="savings")
    def take_payout(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Accept as a card processor’s payout",
            explain=f"For a payout that came a little short: the gap is booked as bank charges. {TWO}",
            form_class=PayoutForm,
            call=lambda entry, given, now: actions.take_payout(
                entry_id=entry.pk, reference=given["reference"], reason=given["reason"], by=request.user, now=now
            ),
            button="Accept it",
        )

    @action(description="Book as bank charge", url_path="charge", permissions=["charge"], icon="receipt")
    def book_charge(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Book as a bank charge",
            explain=f"For what our bank takes for its work, or gives back of it: our cost, nobody else’s. {TWO}",
            call=lambda entry, given, now: actions.book_charge(
                entry_id=entry.pk, reason=given["reason"], by=request.user, now=now
            ),
            why_not=decided,
            button="Book it",
        )

    @action(description="Book as own funds", url_path="own", permissions=["own"], icon="account_balance_wallet")
    def book_own_funds(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Book as our own money",
            explain=f"For our own money that was put in or taken out; never for a buyer’s or a supplier’s. {TWO}",
            call=lambda entry, given, now: actions.book_own_funds(
                entry_id=entry.pk, reason=given["reason"], by=request.user, now=now
            ),
            why_not=decided,
            button="Book it",
        )


def about(object_id) -> str:
    """What the act is about, for its page: amount, the other side and its words."""
    entry = BankEntry.objects.filter(pk=object_id).first()
    if entry is None:
        return ""
    name = entry.payer_name or "no name"
    if entry.direction == DEBIT:
        said = f" It says “{entry.reference}”." if entry.reference else ""
        return f"{money.display(entry.amount_minor, entry.currency)} left our bank, to {name}.{said}"
    wrote = f", who wrote “{entry.reference}”" if entry.reference else ""
    return f"{money.display(entry.amount_minor, entry.currency)} from {name}{wrote}."


def decided(entry) -> str:
    """Why nothing can be done with an entry any more; "" while it waits."""
    if entry.status in (BankEntry.Status.SUSPENSE, BankEntry.Status.UNKNOWN):
        return ""
    return f"This entry is {entry.get_status_display().lower()} already. Nothing was changed."


def why_not(entry) -> str:
    """The same for what can be done with money in suspense only."""
    if entry.status == BankEntry.Status.UNKNOWN:
        return "This has left our bank. If it is a bank charge or our own money, book it as that."
    return decided(entry)


def done(entry, given) -> str:
    """What has become of the entry, in words: done, or waiting for a second person."""
    entry.refresh_from_db()
    if entry.proposals.waiting().exists():
        return f"Entry {entry.entry}: proposed. A second person of finance confirms it under Proposals."
    if entry.questions.asked().exists():
        return f"Entry {entry.entry}: the buyer is asked who paid."
    return f"Entry {entry.entry} is {entry.get_status_display().lower()}."
