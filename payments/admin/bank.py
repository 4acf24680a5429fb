"""Staff pages for bank entries: what waits in suspense with its age, and what finance does with it."""

from django.contrib import admin
from django.db.models import Min, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from accounts.freshness import demand_fresh
from payments import actions
from payments.admin.desk_forms import AskForm, MatchForm, RefundForm, SplitForm
from payments.admin.own_money import OWN_ACTS, TWO, OwnMoneyActs, about, done, why_not
from payments.models import BankEntry
from payments.suggesting import suggestions
from trade_assurance import money
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, act, amount, is_row_page, table

NAMED = 20  # letters of the bank's id that a list shows
WROTE = 32  # letters of a payer's words that a list shows
LAST_DAYS = 2  # before money goes back: red
LATE_DAYS = 7  # amber from here on


def aged(entry, now) -> tuple[str, str]:
    """How long an entry has waited, and the colour of that."""
    days = (now - entry.arrived_at).days
    if entry.goes_back_by_itself and (entry.return_at - now).days < LAST_DAYS:
        return "danger", f"{days} d, goes back soon"
    return ("warning" if days >= LATE_DAYS else "success"), f"{days} d"


@admin.register(BankEntry)
class BankEntryAdmin(OwnMoneyActs, ReadOnlyAdmin):
    list_display = ("named", "state", "age", "arrived", "payer_name", "wrote", "goes_back", "day")
    empty_words = "Entries appear here when a bank statement is imported."
    list_filter = ("status", "direction", CurrencyFilter)
    search_fields = ("entry",)
    search_help_text = "The bank's entry id, or an account number"
    ordering = ("-id",)
    list_before_template = "admin/payments/suspense.html"
    actions_detail = ("match", "split", "refund", "send_back", "ask_buyer", *OWN_ACTS)
    arrived, charges = amount("amount_minor", "Amount"), amount("charges_minor", "Charges named")
    fields = (
        "entry",
        ("status", "direction"),
        ("arrived", "charges"),
        ("account_number", "payer_name"),
        ("reference", "arrived_at"),
        "why",
        "suggested",
        "decided",
        "split_up",
        ("payment", "matched_by"),
        ("return_at", "returns"),
        ("statement", "booked_on", "value_on"),
        ("bank_reference", "end_to_end_id"),
        ("other_account", "batch"),
        ("refund", "payout"),
        ("payout_batch", "settlement"),
        ("reversal_of", "return_of"),
    )
    readonly_fields = ("arrived", "charges", "suggested", "decided", "split_up")

    def found_by(self, queryset, term):
        return queryset.filter(Q(entry=term) | Q(account_number=term))

    def changelist_view(self, request, extra_context=None):
        waiting = BankEntry.objects.in_suspense().values("currency")
        sums = waiting.annotate(minor=Sum("amount_minor"), oldest=Min("arrived_at"))
        now = timezone.now()
        rows = [row | {"days": (now - row["oldest"]).days} for row in sums.order_by("currency")]
        return super().changelist_view(request, (extra_context or {}) | {"suspense": rows})

    def get_fields(self, request, obj=None):
        """What the entry has; names of what it has not would bury it."""
        groups = [(name,) if isinstance(name, str) else name for name in self.fields]
        kept = [tuple(name for name in group if self._has(obj, name)) for group in groups]
        return [group for group in kept if group]

    def _has(self, entry, name: str) -> bool:
        match name:
            case "suggested":
                return entry.status == BankEntry.Status.SUSPENSE
            case "decided":
                return entry.proposals.exists() or entry.questions.exists()
            case "split_up":
                return bool(entry.split_of_id) or entry.parts.exists()
            case "charges":
                return bool(entry.charges_minor)
            case "arrived":
                return True
        return bool(getattr(entry, name))

    @display(description="Entry", ordering="entry")
    def named(self, entry):
        return entry.entry if len(entry.entry) <= NAMED else f"{entry.entry[: NAMED - 1]}…"

    @display(description="Status", label={"In suspense": "warning", "Not known": "danger"})
    def state(self, entry):
        return entry.get_status_display()

    @display(description="Payer wrote")
    def wrote(self, entry):
        return entry.reference if len(entry.reference) <= WROTE else f"{entry.reference[: WROTE - 1]}…"

    @display(description="Goes back", ordering="return_at")
    def goes_back(self, entry):
        return (
            entry.return_at.date() if entry.status == BankEntry.Status.SUSPENSE and entry.goes_back_by_itself else None
        )

    @display(description="Arrived", ordering="arrived_at")
    def day(self, entry):
        return entry.arrived_at.date()

    @display(
        description="Age",
        ordering="arrived_at",
        label={"success": "success", "warning": "warning", "danger": "danger"},
    )
    def age(self, entry):
        return aged(entry, timezone.now()) if entry.status == BankEntry.Status.SUSPENSE else None

    @display(description="It could belong to")
    def suggested(self, entry):
        match = reverse("admin:payments_bankentry_match", args=[entry.pk])
        rows = [
            (
                f"{one.score} of 100",
                format_html(
                    '{}, {}<br>{} open<br><a class="underline" href="{}?reference={}">{}</a>',
                    one.candidate.reference,
                    one.candidate.label,
                    money.display(one.candidate.part.open_minor, one.candidate.currency),
                    match,
                    one.candidate.rf_reference,
                    one.candidate.rf_reference,
                ),
                " ".join(one.reasons),
            )
            for one in suggestions(entry)
        ]
        return (
            table(("Fits", "Instalment", "Why"), rows)
            if rows
            else "No open instalment fits: look at the payer's words."
        )

    @display(description="Proposals and questions")
    def decided(self, entry):
        proposals = entry.proposals.select_related("proposed_by", "ended_by").order_by("id")
        rows = [
            (each.get_kind_display(), each.get_state_display(), each.proposed_by, each.ended_by or "-", each.reason)
            for each in proposals
        ]
        rows += [
            (
                f"Who paid? {each.order.reference}",
                each.get_state_display(),
                each.asked_by or "The reference",
                each.named_by or "-",
                f"{each.name}: {each.relation}" if each.name else "",
            )
            for each in entry.questions.select_related("order", "asked_by", "named_by").order_by("id")
        ]
        return table(("What", "State", "By", "Then by", "Words"), rows)

    @display(description="Parts")
    def split_up(self, entry):
        parts = [*([entry.split_of] if entry.split_of_id else []), *entry.parts.order_by("id")]
        shown = [(one.entry, one.get_status_display(), money.display(one.amount_minor, one.currency)) for one in parts]
        return table(("Entry", "Status", "Amount"), shown) if shown else "-"

    def has_desk_permission(self, request, obj=None):
        """Finance, on what still waits: `obj` is the entry's id where the page has one."""
        if not request.user.has_perm("payments.match_entry"):
            return False
        return obj is None or not is_row_page(request) or BankEntry.objects.in_suspense().filter(pk=obj).exists()

    def _act(self, request, object_id, *, call, **words):
        def fresh_call(entry, given, now):
            demand_fresh(request)
            call(entry, given, now)

        words["explain"] = f"{about(object_id)} {words['explain']}"
        return act(self, request, object_id, call=fresh_call, done=done, **{"why_not": why_not} | words)

    @action(description="Match", url_path="match", permissions=["desk"], icon="link")
    def match(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Match to an instalment",
            explain=f"The amount is matched by the rules for bank transfers. {TWO}",
            form_class=MatchForm,
            initial=lambda entry: {"rf_reference": request.GET.get("reference", "")[:40]},
            call=lambda entry, given, now: actions.match_entry(
                entry_id=entry.pk, instalment_id=given["rf_reference"].pk, by=request.user, now=now
            ),
            button="Match it",
        )

    @action(description="Split", url_path="split", permissions=["desk"], icon="call_split")
    def split(self, request, object_id):
        currency = BankEntry.objects.filter(pk=object_id).values_list("currency", flat=True).first() or "USD"

        def form_class(posted, _files, initial):
            return SplitForm(posted, initial=initial, currency=currency)

        return self._act(
            request,
            object_id,
            title="Split over instalments",
            explain=f"What is left over goes on waiting, and goes back when the whole would have. {TWO}",
            form_class=form_class,
            call=lambda entry, given, now: actions.split_entry(
                entry_id=entry.pk, parts=given["parts"], by=request.user, now=now
            ),
            button="Split it",
        )

    @action(description="Refund to the payer", url_path="refund", permissions=["desk"], icon="undo")
    def refund(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Refund to the payer",
            explain=f"For money that an order is known for and can't take: all of it goes back as its refund. {TWO}",
            form_class=RefundForm,
            call=lambda entry, given, now: actions.refund_entry(
                entry_id=entry.pk,
                instalment_id=given["rf_reference"].pk,
                reason=given["reason"],
                by=request.user,
                now=now,
            ),
            button="Refund it",
        )

    @action(description="Return to sender", url_path="return", permissions=["desk"], icon="keyboard_return")
    def send_back(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Return to the sender",
            explain=f"For money that no order is known for. {TWO}",
            call=lambda entry, given, now: actions.return_entry(
                entry_id=entry.pk, reason=given["reason"], by=request.user, now=now
            ),
            button="Send it back",
        )

    @action(description="Ask the buyer who paid", url_path="ask", permissions=["desk"], icon="help")
    def ask_buyer(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Ask the buyer who paid",
            explain="The buyer of that order sees amount and day, not the payer's name, and names the payer.",
            form_class=AskForm,
            call=lambda entry, given, now: actions.ask_payer(
                entry_id=entry.pk, instalment_id=given["rf_reference"].pk, by=request.user, now=now
            ),
            button="Ask",
        )
