"""Filing a claim: what can be claimed and why not, the amount with its working, and the supplier's cost."""

import uuid
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from disputes import actions, grounds, noticed
from disputes.actions.claiming import awarded_by_time
from disputes.forms import ClaimForms, CostForm
from disputes.models import Claim, Dispute
from disputes.retelling import working_told
from orders import facts
from orders.actions.claiming import most_cost
from orders.models import Order, ReceiptLine
from orders.steps import step_of
from orders.views.asking import answer, order_for
from trade_assurance import money
from trade_assurance.refused import MovedOn, NotAllowed, Refused

LINES_AT_ONCE = 12  # of a longer contract the buyer chooses the lines first
R = Claim.Reason


def _key(request) -> uuid.UUID:
    """The nonce of the form that was sent, or a new one."""
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid.uuid4()


def _filed_already(request, order: Order, key: uuid.UUID) -> Dispute | None:
    return order.disputes.filter(key=key, filed_by=request.user).first() if request.method == "POST" else None


def _away(request, order: Order, code: str, now):
    """Why the step can't be taken now as an answer; None if it can."""
    step = step_of(code, order, request.user, now)
    if step is None:
        return answer(request, NotAllowed(_("This step belongs to the other side of the order.")), order)
    if step.allowed:
        return None
    messages.error(request, step.reason)
    return redirect(order)


@login_required
def claim(request, reference):
    """Claim line by line; the amount is computed and shown with its working before it is filed."""
    now = timezone.now()
    order, key = order_for(request, reference), _key(request)
    if (made := _filed_already(request, order, key)) is not None:
        return redirect(made)
    step = step_of("claim", order, request.user, now)
    if step is None:
        return answer(request, NotAllowed(_("This step belongs to the other side of the order.")), order)
    found = grounds.grounds(order, now)
    posted = request.method == "POST"
    asked = (request.POST if posted else request.GET).getlist("line")
    chosen = {int(each) for each in asked if each.isdecimal() and len(each) < 19}
    lines = {ground.line.id: ground.line for ground in found}
    broken = [] if posted else noticed.chosen(order, request.GET.getlist("breach"), now)
    numbers = {each.line for each in broken}
    chosen |= {line.id for line in lines.values() if line.number in numbers}
    page = {"order": order, "step": step, "key": key, "now": now, "rules": order.rulebook}
    if len(lines) > LINES_AT_ONCE:
        if not chosen & lines.keys():
            return _choose(request, page, found)
        found = [ground for ground in found if ground.line.id in chosen]
        page["chosen"] = sorted(chosen & lines.keys())
    receipts = {row.line_id: row for row in ReceiptLine.objects.filter(line__order=order)}
    version = facts.contract(order)
    forms = ClaimForms(
        request.POST if posted else None,
        order=order,
        terms=version.terms if version else None,
        grounds=found,
        receipts=receipts,
        reason=request.GET.get("reason", ""),
        breaches=broken,
    )
    page |= {"claim": forms, "is_noticed": bool(broken)}
    if broken and step.allowed:
        page |= _ready(order, broken, now)
    if not posted or not step.allowed:
        return render(request, "disputes/claim.html", page, status=409 if posted else 200)
    assessment, problem = _assess(order, forms, now)
    if assessment is not None:
        page |= _outlook(order, assessment, now)
    if assessment is not None and "file" in request.POST:
        shown = f"{assessment.claimed_minor}/{assessment.cap_minor}"
        if request.POST.get("shown") == shown:
            try:
                dispute = actions.file_claim(order_id=order.id, key=key, items=forms.items(), by=request.user, now=now)
            except (NotAllowed, MovedOn) as error:
                return answer(request, error, order)
            except Refused as error:
                problem = forms.refuse(error)
            else:
                messages.success(request, _("Your claim is filed. Add what proves it as evidence."))
                return redirect(dispute)
        else:
            problem = _("The amount has changed. Look at it below, then file the claim.")
    page |= {"problem": problem, "is_refused": bool(problem or forms.bad)}
    bad = page["is_refused"] and not request.htmx
    return render(request, "disputes/claim.html", page, status=422 if bad else 200)


def _choose(request, page: dict, found) -> object:
    """A contract with many lines: which of them the claim is about."""
    rows: dict[int, dict] = {}
    for ground in found:
        row = rows.setdefault(ground.line.id, {"line": ground.line, "labels": []})
        if ground.allowed:
            row["labels"].append(ground.label)
    page["rows"] = list(rows.values())
    return render(request, "disputes/claim_lines.html", page)


def _assess(order: Order, forms: ClaimForms, now):
    """(assessment, sentence): the assessment, or None and what is wrong, at its field or as the sentence."""
    if not forms.is_valid():
        return None, ""
    try:
        return actions.assess(order=order, items=forms.items(), now=now), ""
    except Refused as refused:
        return None, forms.refuse(refused)


def _outlook(order: Order, assessment, now) -> dict:
    """What filing does: the amounts, what is held and the dates that follow."""
    rules = order.rulebook
    award_at, awards_silence = awarded_by_time(order, [part.item.reason for part in assessment.parts], now)
    others = order.covered_minor - assessment.covered_minor
    return {
        "assessment": assessment,
        "parts": [
            (part, Claim.Reason(part.item.reason).label, working_told(part.remedy.working)) for part in assessment.parts
        ],
        "shown": f"{assessment.claimed_minor}/{assessment.cap_minor}",
        "covered_by_others_minor": others,
        "in_escrow_minor": min(assessment.cap_minor, order.escrow_minor),
        "beyond_escrow_minor": max(0, assessment.cap_minor - order.escrow_minor),
        "answer_at": now + timedelta(hours=rules.dispute_answer_hours),
        "escalate_at": now + timedelta(days=rules.dispute_settle_days),
        "award_at": award_at,
        "awards_silence": awards_silence,
        "others_go_on": order.lines.count() > len(assessment.caps),
    }


def _ready(order: Order, broken, now) -> dict:
    """What the claim of noticed breaches is worth, so that it can be filed as it stands."""
    try:
        assessment = actions.assess(order=order, items=noticed.items(order, broken), now=now)
    except Refused:  # the form says why when it is worked out
        return {}
    return _outlook(order, assessment, now)


@login_required
@require_POST
def claim_noticed(request, reference):
    """File what was noticed, in one click: what was broken, its facts and its amount are filled in."""
    now = timezone.now()
    order, key = order_for(request, reference), _key(request)
    if (made := _filed_already(request, order, key)) is not None:
        return redirect(made)
    if (away := _away(request, order, "claim", now)) is not None:
        return away
    asked = request.POST.getlist("breach")
    broken = noticed.chosen(order, asked, now)
    if not broken:
        return answer(request, MovedOn(_("This has changed meanwhile. The page shows how it stands now.")), order)
    if request.POST.get("shown") != str(sum(each.amount_minor for each in broken)):
        messages.error(request, _("The amount has changed. Look at it, then file the claim."))
        return redirect(f"{reverse('disputes:claim', args=[order.reference])}?{urlencode({'breach': asked}, True)}")
    claim = {"order_id": order.id, "key": key, "items": noticed.items(order, broken), "by": request.user, "now": now}
    try:
        dispute = actions.file_claim(**claim)
    except Refused as error:
        return answer(request, error, order)
    messages.success(request, _("Your claim is filed. You need do nothing more."))
    return redirect(dispute)


@login_required
def claim_costs(request, reference):
    """Cancel an order whose payment is overdue, and claim the documented cost (Rulebook 2)."""
    now = timezone.now()
    order, key = order_for(request, reference), _key(request)
    if (made := _filed_already(request, order, key)) is not None:
        return redirect(made)
    if (away := _away(request, order, "claim_cost", now)) is not None:
        return away
    most, posted = most_cost(order), request.method == "POST"
    form = CostForm(request.POST if posted else None, order=order, most_minor=most, initial={"key": key})
    page = {"order": order, "form": form, "most_minor": most, "now": now, "rules": order.rulebook}
    amount = None
    if posted and form.is_valid():
        amount = form.cleaned_data["amount"]
        if amount is None or not 0 < amount <= most:
            said = _("Give an amount above zero. At most {most}.").format(most=money.display(most, order.currency))
            form.add_error("amount", said)
            amount = None
        elif "file" in request.POST and request.POST.get("shown") == str(amount):
            try:
                dispute = actions.claim_cost(
                    order_id=order.id,
                    key=form.cleaned_data["key"],
                    amount_minor=amount,
                    statement=form.cleaned_data["statement"],
                    by=request.user,
                    now=now,
                )
            except (NotAllowed, MovedOn) as error:
                return answer(request, error, order)
            except Refused as error:
                form.add_error(error.field if error.field in form.fields else None, str(error))
            else:
                messages.success(request, _("The order is cancelled and your cost is claimed. Add its invoices now."))
                return redirect(f"{reverse('disputes:detail', args=[dispute.reference])}#evidence")
    if amount:
        page |= {
            "amount_minor": amount,
            "back_minor": order.kept_minor - amount,
            "answer_at": now + timedelta(hours=order.rulebook.dispute_answer_hours),
            "escalate_at": now + timedelta(days=order.rulebook.dispute_settle_days),
        }
    return render(request, "disputes/claim_costs.html", page, status=422 if form.errors and not request.htmx else 200)
