"""Pages of webhooks: a person's own, and those of the company that the person owns and acts for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from accounts.freshness import demand_fresh
from notifications.webhooks import actions, catalogue
from notifications.webhooks.forms import EndpointForm
from notifications.webhooks.models import Delivery, Endpoint
from suppliers import acting
from suppliers.models import Member, Supplier
from trade_assurance import keyset
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.rulebook import CURRENT

COMPANY = "company_webhooks"
STATES = {state.value for state in Delivery.State}
GROUPS = {  # the parts of the events' names before the point
    "amendment": _lazy("Changes of contracts"),
    "chargeback": _lazy("Contested payments"),
    "contract": _lazy("Contracts"),
    "dispute": _lazy("Claims and disputes"),
    "inspection": _lazy("Inspections"),
    "message": _lazy("Messages"),
    "offer": _lazy("Offers to settle"),
    "order": _lazy("Orders"),
    "payment": _lazy("Payments"),
    "payout": _lazy("Payouts"),
    "refund": _lazy("Refunds"),
    "replacement": _lazy("Replacements"),
    "return": _lazy("Returns"),
    "review": _lazy("Reviews"),
    "shipment": _lazy("Shipments"),
    "supplier": _lazy("Your company"),
}


@dataclass(frozen=True)
class Owner:
    """Whose webhooks a page shows."""

    user: object
    supplier: Supplier | None
    pages: str  # the namespace of its pages

    @property
    def side(self) -> str:
        return catalogue.SUPPLIER if self.supplier else catalogue.BUYER

    @property
    def endpoints(self):
        """Those that it has."""
        standing = Endpoint.objects.standing()
        return standing.filter(supplier=self.supplier) if self.supplier else standing.filter(user=self.user)


def for_owner(view):
    """The view gets whose webhooks it shows: the company's under /portal/, for its owners, else the person's own."""

    @wraps(view)
    @login_required
    @never_cache
    def inner(request, *args, pages, **kwargs):
        if pages != COMPANY:
            return view(request, Owner(request.user, None, pages), *args, **kwargs)
        member = acting.acting_member(request)
        if member is None:
            return redirect("portal:home")
        if member.role != Member.Role.OWNER:
            raise PermissionDenied(_("Only an owner of the company sets up its webhooks. Ask an owner to do this."))
        return view(request, Owner(request.user, member.supplier, pages), *args, **kwargs)

    return inner


def _page(request, owner: Owner, template: str, context: dict, status: int = 200):
    base = {"ns": f"notifications:{owner.pages}", "supplier": owner.supplier, "rules": CURRENT}
    base["active"] = "team" if owner.supplier else ""
    return render(request, f"notifications/{template}.html", base | context, status=status)


def _go(owner: Owner, name: str, *args):
    return redirect(reverse(f"notifications:{owner.pages}:{name}", args=args))


def _found(owner: Owner, webhook_id) -> Endpoint:
    return get_object_or_404(owner.endpoints, public_id=webhook_id)


@for_owner
@require_safe
def endpoints(request, owner):
    """All webhooks of the owner, and whether they work."""
    rows = owner.endpoints.order_by("id")
    return _page(request, owner, "webhooks", {"endpoints": rows, "is_full": len(rows) >= CURRENT.webhooks_max})


@for_owner
def add(request, owner):
    """Enter an address and choose its events."""
    form = EndpointForm(request.POST if request.method == "POST" else None, side=owner.side)
    if request.method == "POST" and form.is_valid():
        supplier_id = owner.supplier.pk if owner.supplier else None
        made = _try(
            form, lambda: actions.add(supplier_id=supplier_id, by=request.user, now=timezone.now(), **form.cleaned_data)
        )
        if made is not None:
            messages.success(request, _("The webhook is on. Show its secret and give it to your system."))
            return _go(owner, "endpoint", made.public_id)
    return _page(request, owner, "webhook_form", {"form": form, **_choices(form)}, 422 if form.errors else 200)


@for_owner
def edit(request, owner, webhook_id):
    """Change the address or the events."""
    endpoint = _found(owner, webhook_id)
    start = {"url": endpoint.url, "description": endpoint.description, "types": endpoint.types}
    form = EndpointForm(request.POST if request.method == "POST" else None, initial=start, side=owner.side)
    if request.method == "POST" and form.is_valid():
        changed = _try(
            form,
            lambda: actions.change(endpoint_id=endpoint.pk, by=request.user, now=timezone.now(), **form.cleaned_data),
        )
        if changed is not None:
            messages.success(request, _("Saved."))
            return _go(owner, "endpoint", endpoint.public_id)
    context = {"form": form, "endpoint": endpoint, **_choices(form)}
    return _page(request, owner, "webhook_form", context, 422 if form.errors else 200)


def _try(form, call):
    """What the action gives, or None with its refusal on the form."""
    try:
        return call()
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Refused as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None


def _choices(form) -> dict:
    """The events by group, each with whether it is ticked, for the template's own fieldsets."""
    chosen = set(form["types"].value() or ())
    groups = [
        (GROUPS[group], [(name, label, name in chosen) for name, label in options])
        for group, options in form.fields["types"].choices
    ]
    return {"groups": groups}


@for_owner
@require_safe
def endpoint(request, owner, webhook_id):
    """One webhook: its secret, what it is told of, and the log of messages, newest first."""
    found = _found(owner, webhook_id)
    now = timezone.now()
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    rows = found.deliveries.defer("body")
    if state:
        rows = rows.filter(state=state)
    page = keyset.page(rows, by=("-id",), cursor=request.GET.get("at", ""))
    here, kept = request.path, f"&state={state}" if state else ""
    secrets = list(found.secrets.signing(now))
    context = {
        "endpoint": found,
        "secrets": secrets,
        "newest": next((one for one in secrets if one.ends_at is None), None),
        "page": page,
        "state": state,
        "states": Delivery.State.choices,
        "newer": f"{here}?at={page.before}{kept}#log" if page.before else "",
        "older": f"{here}?at={page.after}{kept}#log" if page.after else "",
        "types": [catalogue.NAMED[name] for name in found.types if name in catalogue.NAMED],
        "has_failed": found.deliveries.failed().exists(),
        "since": (now - timedelta(days=1)).astimezone(UTC).strftime("%Y-%m-%dT%H:%M"),
    }
    return _page(request, owner, "webhook", context)


@for_owner
@require_POST
@sensitive_variables()
def secret(request, owner, webhook_id):
    """The newest secret, once, after a fresh sign-in."""
    found = _found(owner, webhook_id)
    demand_fresh(request)
    try:
        shown = actions.reveal(endpoint_id=found.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
        return _go(owner, "endpoint", found.public_id)
    return _page(request, owner, "webhook_secret", {"endpoint": found, "secret": shown})


@for_owner
@require_POST
def rotate(request, owner, webhook_id):
    """Make a new secret, after a fresh sign-in."""
    found = _found(owner, webhook_id)
    demand_fresh(request)
    at_once = "at_once" in request.POST
    done = _("The new secret signs now; show it and give it to your system.")
    return _do(
        request,
        owner,
        found,
        lambda: actions.rotate(endpoint_id=found.pk, at_once=at_once, by=request.user, now=timezone.now()),
        done,
    )


@for_owner
@require_POST
def test(request, owner, webhook_id):
    """Send a test."""
    found = _found(owner, webhook_id)
    done = _("The test is on its way. Load this page again to see what was answered.")
    return _do(
        request,
        owner,
        found,
        lambda: actions.send_test(endpoint_id=found.pk, by=request.user, now=timezone.now()),
        done,
    )


@for_owner
@require_POST
def turn_on(request, owner, webhook_id):
    """Tell it of events again."""
    found = _found(owner, webhook_id)
    call = actions.turn_on
    return _do(
        request, owner, found, lambda: call(endpoint_id=found.pk, by=request.user, now=timezone.now()), _("It is on.")
    )


@for_owner
@require_POST
def turn_off(request, owner, webhook_id):
    """Tell it nothing for now."""
    found = _found(owner, webhook_id)
    call = actions.turn_off
    return _do(
        request, owner, found, lambda: call(endpoint_id=found.pk, by=request.user, now=timezone.now()), _("It is off.")
    )


@for_owner
@require_POST
def replay_failed(request, owner, webhook_id):
    """Send everything again that failed since a moment, in UTC."""
    found = _found(owner, webhook_id)
    try:
        since = datetime.strptime(request.POST.get("since", ""), "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError:
        messages.error(request, _("Enter a date and a time, such as 2026-09-01T09:00."))
        return _go(owner, "endpoint", found.public_id)
    try:
        count = actions.replay_failed(endpoint_id=found.pk, since=since, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        sent = ngettext("{count} message is on the way again.", "{count} messages are on the way again.", count)
        messages.success(request, sent.format(count=f"{count:,}") if count else _("Nothing failed since then."))
    return _go(owner, "endpoint", found.public_id)


@for_owner
def delete(request, owner, webhook_id):
    """Delete it, after a page that says what that means."""
    found = _found(owner, webhook_id)
    if request.method != "POST":
        return _page(request, owner, "webhook_delete", {"endpoint": found})
    try:
        actions.remove(endpoint_id=found.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The webhook is deleted. Nothing more is sent there."))
    return _go(owner, "list")


@for_owner
@require_safe
def message(request, owner, webhook_id, message_id):
    """One message: its body as sent, and each attempt with what was answered."""
    found, row = _message(owner, webhook_id, message_id)
    context = {"endpoint": found, "message": row, "tries": row.tries.order_by("-number")[:100]}
    return _page(request, owner, "webhook_message", context)


@for_owner
@require_POST
def replay(request, owner, webhook_id, message_id):
    """Send one message again."""
    found, row = _message(owner, webhook_id, message_id)
    try:
        actions.replay(delivery_id=row.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("It is on the way again, with the same id."))
    return _go(owner, "message", found.public_id, row.public_id)


def _message(owner: Owner, webhook_id, message_id) -> tuple[Endpoint, Delivery]:
    found = _found(owner, webhook_id)
    row = found.deliveries.filter(public_id=message_id).first()
    if row is None:
        raise Http404
    return found, row


def _do(request, owner: Owner, found: Endpoint, call, done: str):
    """Make one call of an action and go back to the webhook, with what was done or why not."""
    try:
        call()
    except NotAllowed as error:
        raise PermissionDenied(str(error)) from error
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, done)
    return _go(owner, "endpoint", found.public_id)
