"""What staff do with a case by one small form each: parse, call one action, answer."""

from collections.abc import Callable
from dataclasses import dataclass

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone

from accounts.freshness import demand_fresh
from accounts.models import User
from disputes import actions
from disputes.actions.handling import decided_before
from disputes.models import Dispute
from orders.models import Order
from trade_assurance import money
from trade_assurance.refused import Refused
from trade_assurance.rulebook import CURRENT
from trade_assurance.staff import ActForm, act

S = Dispute.Status
ARRIVALS = "orders.record_arrival"
PARTY = "You are a party to this order, so another adjudicator works on this case."


def demand_no_party(order: Order, user: User) -> None:
    """Nobody of the staff sees a case from the desk that is their own."""
    if order.side_of(user) is not None:
        raise PermissionDenied(PARTY)


class Nothing(ActForm):
    """Nothing to fill in: the button is the act."""


class AskForm(ActForm):
    side = forms.ChoiceField(label="Whom", choices=Order.Side.choices)
    text = forms.CharField(label="What you ask for", max_length=2000, widget=forms.Textarea)
    days = forms.TypedChoiceField(
        label="To be answered within",
        choices=[(n, f"{n} day{'' if n == 1 else 's'}") for n in range(1, CURRENT.question_days_max + 1)],
        coerce=int,
        help_text="The side may add evidence until then.",
    )


class ExtendForm(ActForm):
    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea,
        help_text="Kept with the change, in the events.",
        error_messages={"required": "Say why it takes longer: the reason is kept with the change."},
    )


class InspectionForm(ActForm):
    question = forms.CharField(label="What the inspector is to find out", max_length=2000, widget=forms.Textarea)


class ReportForm(ActForm):
    findings = forms.CharField(label="What the inspector found", max_length=5000, widget=forms.Textarea)
    upheld_bp = forms.DecimalField(
        label="How much of the claim it bears out, in percent",
        min_value=0,
        max_value=100,
        decimal_places=2,
        help_text="From 50 % the fee is added to the award.",
    )
    fee = forms.CharField(
        label="The fee, as the inspector’s invoice shows it",
        required=False,
        max_length=40,
        help_text="At most what the buyer said that it advanced. Empty: that.",
    )

    def clean_upheld_bp(self):
        return int(self.cleaned_data["upheld_bp"] * 100)


def _report(given: dict, *, dispute_id: int, **who) -> None:
    """Enter a report, with the fee read in the case's currency."""
    typed, currency = given["fee"].strip(), Dispute.objects.values_list("currency", flat=True).get(pk=dispute_id)
    try:
        fee = money.parse(typed, currency) if typed else None
    except money.BadAmount as error:
        raise Refused(str(error), field="fee") from error
    actions.report_inspection(
        findings=given["findings"], upheld_bp=given["upheld_bp"], fee_minor=fee, dispute_id=dispute_id, **who
    )


class DeliveryForm(ActForm):
    delivered_at = forms.SplitDateTimeField(label="Delivered at, in your time zone")


@dataclass(frozen=True)
class Act:
    """One act on a case. `statuses`, `held` and `permission` say to whom its button is shown; the action decides."""

    path: str
    label: str
    title: str
    button: str
    done: str
    call: Callable
    form: type[ActForm] = Nothing
    explain: str = ""
    statuses: tuple[str, ...] = Dispute.WITH_STAFF
    held: bool | None = True  # by this person; False: by nobody; None: whoever
    permission: str = "disputes.decide"


ACTS = (
    Act(
        "pick-up",
        "Pick up",
        "Pick up this case",
        "Pick it up",
        "The case is yours. Its clock is the decision’s now.",
        lambda given, **who: actions.pick_up(**who),
        held=False,
        explain="You decide it then, or hand it back. Its clock becomes that of the decision.",
    ),
    Act(
        "ask",
        "Ask a party",
        "Ask a party for something",
        "Ask",
        "Asked. The side may add evidence until its time is over.",
        lambda given, **who: actions.ask(**given, **who),
        AskForm,
    ),
    Act(
        "inspection",
        "Order an inspection",
        "Order an inspection",
        "Order it",
        "The inspection is ordered; the buyer has 5 days to choose an inspector.",
        lambda given, **who: actions.order_inspection(**given, **who),
        InspectionForm,
        explain="Once a case, on contested facts from USD 2,000. The buyer chooses a listed inspector and advances "
        "the fee; the clock of the decision waits. Upheld by half or more, the fee is added to the award.",
        statuses=(S.DECIDING,),
    ),
    Act(
        "report",
        "Enter the inspector’s report",
        "Enter the inspector’s report",
        "Enter it",
        "The report is in the file; the clock of the decision goes on with what was left.",
        _report,
        ReportForm,
        statuses=(S.INSPECTION,),
        held=None,
    ),
    Act(
        "extend",
        "Take longer",
        "Take 5 business days longer",
        "Take longer",
        "The decision is due 5 business days later.",
        lambda given, **who: actions.extend_decision(**given, **who),
        ExtendForm,
        explain="Possible once a case.",
        statuses=(S.EVIDENCE, S.REBUTTAL, S.DECIDING, S.APPEALED),
    ),
    Act(
        "hand-back",
        "Hand back",
        "Hand this case back",
        "Hand it back",
        "The case is in the queue again.",
        lambda given, **who: actions.hand_back(**who),
        explain="It returns to the queue, to be picked up within 2 business days.",
    ),
    Act(
        "delivery",
        "Record a delivery",
        "Record the delivery of what was sent",
        "Record it",
        "The delivery is recorded; the receiver has 7 days to check.",
        lambda given, **who: actions.record_delivery(**given, **who),
        DeliveryForm,
        explain="As the carrier says. The receiver has 7 days to check from then; silence counts as agreement.",
        statuses=(S.RETURNING, S.REPLACING),
        held=None,
        permission=ARRIVALS,
    ),
)
BY_PATH = {each.path: each for each in ACTS}


def shown_acts(dispute: Dispute, user: User, proposal) -> list[Act]:
    """The acts whose buttons this person sees on the case."""
    if dispute.is_frozen:
        return []
    return [each for each in ACTS if _is_shown(each, dispute, user, proposal)]


def _is_shown(each: Act, dispute: Dispute, user: User, proposal) -> bool:
    if dispute.status not in each.statuses or not user.has_perm(each.permission):
        return False
    if each.path == "pick-up" and dispute.status == S.APPEALED and decided_before(dispute, user):
        return False
    if each.path == "inspection" and (hasattr(dispute, "inspection") or dispute.claimant == Order.Side.SUPPLIER):
        return False
    if each.path == "extend" and dispute.decide_extended_at is not None:
        return False
    if each.path == "report" and dispute.inspection.inspector_id is None:
        return False
    if each.path == "delivery" and not _on_its_way(dispute):
        return False
    if each.held is True:
        return dispute.adjudicator_id == user.id and proposal is None
    return each.held is None or dispute.adjudicator_id is None


def _on_its_way(dispute: Dispute) -> bool:
    sent = dispute.performances.filter(ended_at__isnull=True, sent_at__isnull=False, delivered_at__isnull=True)
    return sent.exists()


def answer(model_admin, request, object_id: str, path: str):
    """The page of one act: its form, its action, its answer."""
    each = BY_PATH.get(path)
    if each is None:
        raise Http404
    opened(model_admin, request, object_id, each.permission)

    def call(dispute, given, now):
        demand_fresh(request)
        each.call(given, dispute_id=dispute.pk, by=request.user, now=now)

    return act(
        model_admin,
        request,
        object_id,
        title=each.title,
        form_class=each.form,
        initial=lambda dispute: {"delivered_at": timezone.now()} if each.form is DeliveryForm else {},
        call=call,
        done=lambda dispute, given: each.done,
        button=each.button,
        explain=each.explain,
    )


def opened(model_admin, request, object_id: str, permission: str) -> Dispute:
    """The dispute, for who has this permission and is no party; else 403 with the sentence, or 404."""
    dispute = model_admin.get_object(request, str(object_id))
    if dispute is None:
        raise Http404
    if not model_admin.has_view_permission(request, dispute) or not request.user.has_perm(permission):
        who = "risk staff" if permission == ARRIVALS else "adjudicators"
        raise PermissionDenied(f"Only {who} do this. You may read the case.")
    demand_no_party(dispute.order, request.user)
    return dispute
