"""Changing a contract that both have signed: proposing it, seeing what it moves, answering it."""

from dataclasses import replace
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from orders import actions, amending
from orders.actions.amending import attached, free_usd
from orders.amending import Standing
from orders.forms.amending import Amend
from orders.models import Order
from orders.steps import step_of
from orders.terms import INCOTERMS, BadTerms, differences, fingerprint
from orders.views.amending_check import check_of_amendment, mend
from orders.views.asking import act, answer, order_for, step_or_away
from trade_assurance.refused import MovedOn, NotAllowed, Refused


def _prefill(request) -> dict:
    """What a message's hint asks the form to begin with."""
    found = {}
    try:
        found["ship_by_on"] = date.fromisoformat(request.GET.get("ship_by", "")).isoformat()
    except ValueError:
        pass
    for name in ("line", "quantity"):
        text = request.GET.get(name, "")
        if text.isascii() and text.isdecimal() and len(text) < 11:
            found[name] = int(text)
    return found


def shown(standing: Standing, terms) -> dict:
    """The differences and everything that signing would move, as both pages show it."""
    order = standing.order
    moves = amending.moves(standing, terms, free_usd_minor=free_usd(order.supplier))
    old = standing.terms
    fact = {"before": INCOTERMS[old.incoterm][1], "after": INCOTERMS[terms.incoterm][1]}
    return {
        "changes": differences(old, terms),
        "moves": moves,
        "fact": fact if fact["before"] != fact["after"] else None,
        "is_capped": moves.cover_after_minor < moves.total_after_minor,
    }


def _token(terms, moves) -> str:
    return f"{fingerprint(terms.dump())}/{moves.refund_minor}/{moves.cover_after_minor}"


def _read(draft: Amend) -> dict | None:
    """What the typed change moves, or None with every problem at its field."""
    if not draft.is_valid():
        return None
    terms, order = draft.terms(), draft.standing.order
    terms_and_files = _with_files(order, draft.standing, terms)
    found = amending.faults(draft.standing, terms_and_files, usd_per_unit=order.usd_per_unit, now=draft.now)
    if found:
        draft.show(found)
        return None
    page = shown(draft.standing, terms_and_files)
    return page | {"terms": terms, "token": _token(terms_and_files, page["moves"])}


def _with_files(order: Order, standing: Standing, terms):
    """The terms with the files that would go with them."""
    return replace(terms, attachments=attached(order, standing.in_force))


@login_required
def amend(request, reference):
    """Write a change; the first button shows what it moves, the second signs and proposes exactly that."""
    now = timezone.now()
    order = order_for(request, reference)
    step, away = step_or_away(request, order, "amend", now)
    if away:
        return away
    standing, done = Standing.of(order), ""
    if request.method != "POST":
        draft, found = Amend.begun_on(standing, now=now, prefill=_prefill(request)), None
    elif key := request.POST.get("mend"):
        draft, said = mend(standing, request.POST, key=key, now=now)
        done, found = _("Done: {said}.").format(said=said) if said else _("That is mended already."), _looked(draft)
    else:
        draft = Amend.typed_on(standing, request.POST, now=now)
        found = _looked(draft) if Amend.only_rows(request.POST) else _read(draft)
    if found and not draft.because and "propose" in request.POST:
        draft.form.add_error("because", _("Say in a sentence why; the other side reads it first."))
        found = None
    if found and "propose" in request.POST and request.POST.get("shown") == found["token"]:
        try:
            actions.propose_amendment(
                order_id=order.id, terms=found["terms"], because=draft.because, by=request.user, now=now
            )
        except BadTerms as error:
            draft.show(error.problems)
        except (NotAllowed, MovedOn) as error:
            return answer(request, error, order)
        except Refused as error:
            draft.form.add_error(error.field if error.field in draft.form.fields else None, str(error))
        else:
            days = order.rulebook.amendment_days
            messages.success(
                request, _("Signed and proposed. The other side has {days} days to answer.").format(days=days)
            )
            return redirect("orders:amendment", order.reference)
    status = 422 if draft.has_errors and not request.htmx else 200
    return render(request, "orders/amend.html", _page(request, draft, found, step) | {"done": done}, status=status)


def _looked(draft: Amend) -> dict | None:
    """For a button that keeps and checks nothing: what the change moves where it is whole, without complaints."""
    found = _read(draft)
    draft.forget_errors()
    return found


def _page(request, draft: Amend, found: dict | None, step) -> dict:
    order = draft.standing.order
    side = order.side_of(request.user)
    in_force = {file["sha256"] for file in draft.standing.in_force.attachments}
    files = order.attachments.filter(removed_at__isnull=True).exclude(sha256__in=in_force).order_by("id")
    return {
        "order": order,
        "step": step,
        "side": side,
        "other": order.supplier.name if side == Order.Side.BUYER else order.buyer.display_name,
        "draft": draft.ask(),
        "form": draft.form,
        "files": list(files),
        "pressed_propose": "propose" in request.POST,
        "prefilled": bool(_prefill(request)) and not draft.form.is_bound,
        "check": _check(draft),
        "days": order.rulebook.amendment_days,
        "now": draft.now,
    } | (found or {})


def _check(draft: Amend):
    """What the linter says of the change as far as it can be read; None while nothing is changed."""
    if not draft.form.is_bound:
        return None
    terms = draft.terms()
    if amending.comparable(terms) == amending.comparable(draft.standing.terms):
        return None
    return check_of_amendment(draft.standing, terms, now=draft.now, draft=draft)


@login_required
@require_POST
def moves(request, reference):
    """What the change typed so far would move, as a fragment."""
    now = timezone.now()
    order = order_for(request, reference)
    if (step := step_of("amend", order, request.user, now)) is None or not step.allowed:
        return answer(request, MovedOn(step.reason if step else _("This can't be changed.")), order)
    draft = Amend.typed_on(Standing.of(order), request.POST, now=now)
    found = _read(draft)
    page = _page(request, draft, found, step) | {"wrong": [] if found else [draft.form, draft.lines, draft.plan]}
    page["form_url"] = getattr(request.htmx, "current_url_abs_path", None) or reverse("orders:amend", args=[reference])
    return render(request, "orders/amend_live.html", page)


@login_required
def amendment(request, reference):
    """The change that is open: why, what differs, what it moves, and the answer to it."""
    now = timezone.now()
    order = order_for(request, reference)
    if request.method == "POST":
        return _accept(request, order, now)
    version = order.versions.open_amendments().first()
    if version is None:
        messages.info(request, "No change of this contract is open.")
        return redirect(order)
    standing, side = Standing.of(order), order.side_of(request.user)
    page = {
        "order": order,
        "version": version,
        "side": side,
        "own": version.drafted_by == side,
        "other": order.supplier.name if side == Order.Side.BUYER else order.buyer.display_name,
        "steps": {
            code: step_of(code, order, request.user, now)
            for code in ("answer_amendment", "decline_amendment", "withdraw_amendment")
        },
        "check": check_of_amendment(standing, version.terms, now=now),
        "faults": amending.faults(standing, version.terms, usd_per_unit=order.usd_per_unit, now=now),
        "now": now,
    } | shown(standing, version.terms)
    return render(request, "orders/amendment.html", page)


def _accept(request, order: Order, now):
    given = {name: request.POST.get(name, "") for name in ("version", "cover", "refund")}
    if not all(text.isascii() and text.isdecimal() and len(text) < 19 for text in given.values()):
        return redirect("orders:amendment", order.reference)
    try:
        actions.accept_amendment(
            order_id=order.id,
            version=int(given["version"]),
            fingerprint=request.POST.get("fingerprint", "")[:64],
            cover_minor=int(given["cover"]),
            refund_minor=int(given["refund"]),
            by=request.user,
            now=now,
        )
    except BadTerms as error:
        messages.error(request, error.problems[0].sentence)
        return redirect("orders:amendment", order.reference)
    except Refused as error:
        still = Order.objects.filter(pk=order.pk).exclude(amendment_by="").exists()
        return answer(request, error, reverse("orders:amendment", args=[order.reference]) if still else order)
    messages.success(request, _("Signed by both. The contract in force is the changed one now."))
    return redirect(order)


def _end(request, reference, code: str, says: list[str], call, done: str, keep: str):
    now = timezone.now()
    order = order_for(request, reference)
    if request.method == "POST":
        number = request.POST.get("version", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 9):
            return redirect(order)
        return act(request, order, done, lambda: call(order_id=order.id, version=int(number), by=request.user, now=now))
    step, away = step_or_away(request, order, code, now)
    if away:
        return away
    version = order.versions.open_amendments().get()
    page = {"order": order, "step": step, "says": says, "keep": keep, "hidden": {"version": version.number}}
    return render(request, "orders/confirm.html", page)


@login_required
def decline(request, reference):
    """Decline the change of the other side."""
    says = [_("The contract stays as it is. Another change can be proposed at any time.")]
    call = actions.decline_amendment
    return _end(
        request, reference, "decline_amendment", says, call, _("Declined. The contract stays."), _("Read it again")
    )


@login_required
def withdraw(request, reference):
    """Take back the change that one's own side has proposed."""
    says = [_("The contract stays as it is. You can propose another change then.")]
    call = actions.withdraw_amendment
    return _end(
        request, reference, "withdraw_amendment", says, call, _("Taken back. The contract stays."), _("Leave it open")
    )
