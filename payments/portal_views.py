"""A supplier's money pages: where payouts go, and the statement."""

import tempfile
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts import freshness
from orders import desk
from payments import statement_pdf, supplier_statement
from payments.supplier_statement import Month, Statement
from suppliers import actions as supplier_actions
from suppliers.acting import acting_member
from suppliers.forms import PayoutAccountForm
from suppliers.models import Member
from trade_assurance import keyset
from trade_assurance.refused import Refused
from trade_assurance.rulebook import CURRENT

ACCOUNTS_SHOWN = 20
ROWS = 50
IN_MEMORY = 2**20  # bytes of a PDF before it goes to a file


def for_bookkeepers(view):
    """The view gets the membership of who keeps a supplier's books; for everybody else there is no such page."""

    @wraps(view)
    @login_required
    @never_cache
    def inner(request, *args, **kwargs):
        member = acting_member(request)
        if member is None or not member.keeps_books:
            raise Http404
        return view(request, member, *args, **kwargs)

    return inner


@for_bookkeepers
def payout_account(request, member):
    """Where payouts go: owners change it with a second factor, bookkeepers read it."""
    supplier, now = member.supplier, timezone.now()
    is_owner, lacks = member.role == Member.Role.OWNER, freshness.lacks_second_factor(request)
    form = PayoutAccountForm(request.POST if request.method == "POST" else None, initial={"holder": supplier.name})
    if request.method == "POST" and not lacks and form.is_valid():
        if is_owner and not freshness.proved_second_factor(request):
            return freshness.ask_second_factor(request)
        try:
            supplier_actions.add_payout_account(
                supplier_id=supplier.pk,
                details=form.details,
                currency=form.cleaned_data["currency"],
                second_factor=freshness.proved_second_factor(request),
                by=request.user,
                now=now,
            )
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            hours = CURRENT.payout_account_hours
            messages.success(
                request,
                _("Saved. Payouts go to this account in {hours} hours; your team was told by mail.").format(
                    hours=hours
                ),
            )
            return redirect("payments:payout_account")
    accounts = list(supplier.payout_accounts.select_related("added_by").order_by("-id")[:ACCOUNTS_SHOWN])
    say_state(accounts, now)
    context = {
        "supplier": supplier,
        "form": form,
        "is_owner": is_owner,
        "lacks": lacks,
        "accounts": accounts,
        "used": [account for account in accounts if account.state == "used"],
        "wait_hours": CURRENT.payout_account_hours,
        "now": now,
        "active": "payouts",
    }
    return render(request, "payments/payout_account.html", context, status=422 if form.errors else 200)


def say_state(accounts, now) -> None:
    """Note of each account, the newest first, what it is now: pending, used, replaced or withdrawn."""
    used = set()
    for account in sorted(accounts, key=lambda one: (one.valid_from_at, one.pk), reverse=True):
        if account.withdrawn_at is not None:
            account.state = "withdrawn"
        elif account.valid_from_at > now:
            account.state = "pending"
        else:
            account.state = "replaced" if account.currency in used else "used"
            used.add(account.currency)


@for_bookkeepers
@require_POST
def withdraw_account(request, member, account_id):
    """Take a new account back before it counts."""
    account = get_object_or_404(member.supplier.payout_accounts, pk=account_id)
    try:
        supplier_actions.withdraw_payout_account(account_id=account.pk, by=request.user, now=timezone.now())
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Taken back. Payouts go on to the account before, if there is one."))
    return redirect("payments:payout_account")


def _asked(request, member, now, *, all_time: bool = False) -> Statement:
    """The statement that the address names: a currency the supplier has, and a month."""
    held = supplier_statement.currencies(member.supplier)
    currency = request.GET.get("currency", "")
    every = all_time and request.GET.get("month") == "all"
    month = None if every else Month.read(request.GET.get("month", ""), now)
    return Statement(member.supplier, currency if currency in held else held[0], month)


@for_bookkeepers
@require_safe
def statement(request, member):
    """What was released, kept, refunded and paid, by month and currency, with the balance after each movement."""
    now = timezone.now()
    shown = _asked(request, member, now)
    page = keyset.page(shown.movements(), by=("at", "id"), cursor=request.GET.get("page", ""), size=ROWS)
    before = shown.before(page.rows[0].at, page.rows[0].pk) if page.rows else 0
    balances = {balance.currency: balance for balance in desk.balances(member.supplier)}
    context = {
        "supplier": member.supplier,
        "statement": shown,
        "summary": shown.summary(),
        "netted": shown.netted_minor(),
        "rows": list(shown.rows(page.rows, before)),
        "page": page,
        "currencies": supplier_statement.currencies(member.supplier),
        "standing": balances.get(shown.currency),
        "is_now": shown.month == Month.of(now),
        "now": now,
        "active": "payouts",
    }
    return render(request, "payments/statement.html", context)


@for_bookkeepers
@require_safe
def statement_csv(request, member):
    shown = _asked(request, member, timezone.now(), all_time=True)
    headers = {"Content-Disposition": f'attachment; filename="{shown.file_name}.csv"'}
    lines = supplier_statement.as_csv(shown)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


@for_bookkeepers
@require_safe
def statement_pdf_file(request, member):
    now = timezone.now()
    shown = _asked(request, member, now, all_time=True)
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
    statement_pdf.draw(shown, file, now=now)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{shown.file_name}.pdf", content_type="application/pdf")
