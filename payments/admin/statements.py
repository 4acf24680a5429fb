"""Staff pages for bank statements: the files with what became of each, the statements in them, and the upload."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action, display

from payments import actions
from payments.models import Statement, StatementFile
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.staff import CurrencyFilter, ReadOnlyAdmin, amount, table

SHOWN = 100  # statements of one file that its page lists


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Statement file",
        help_text="camt.053, camt.054 (XML) or MT940. A file that was imported before changes nothing.",
        error_messages={"required": "Choose the file that the bank gave you.", "empty": "The file is empty."},
    )


@admin.register(StatementFile)
class StatementFileAdmin(ReadOnlyAdmin):
    list_display = (
        "name",
        "state",
        "kind",
        "entries",
        "matched",
        "suspended",
        "unknown",
        "known",
        "imported_at",
        "why",
    )
    list_filter = ("status", "kind")
    search_fields = ("sha256",)
    search_help_text = "Name of the file, or its SHA-256"
    ordering = ("-id",)
    actions_list = ("upload",)
    empty_words = "Import the first one with the button above."
    fields = (
        ("name", "status"),
        "why",
        ("kind", "size"),
        ("entries", "known"),
        ("matched", "suspended"),
        ("ours", "unknown"),
        "told",
        ("imported_at", "imported_by"),
        ("ended_at", "sha256"),
    )
    readonly_fields = ("told",)

    def found_by(self, queryset, term):
        return queryset.filter(Q(sha256=term.lower()) | Q(name=term))

    @display(description="Status", label={"Booked": "success", "Refused": "danger", "Being booked": "warning"})
    def state(self, file):
        return file.get_status_display()

    @display(description="Statements in it")
    def told(self, file):
        rows = [
            (
                each.account,
                each.number,
                f"{each.from_on or '?'} to {each.to_on or '?'}",
                *(shown(minor, each.currency) for minor in (each.opening_minor, each.credits_minor)),
                *(shown(minor, each.currency) for minor in (each.debits_minor, each.closing_minor)),
                went_on(each),
            )
            for each in file.statements.order_by("position")[:SHOWN]
        ]
        return table(("Account", "Number", "Days", "Opening", "In", "Out", "Closing", "Continuity"), rows)

    def has_upload_permission(self, request, obj=None):
        return request.user.has_perm("payments.import_statement")

    @action(description="Import a file", url_path="import", permissions=["upload"], icon="upload_file")
    def upload(self, request):
        form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
        if request.method == "POST" and form.is_valid():
            given = form.cleaned_data["file"]
            try:
                file = actions.import_at_once(source=given, name=given.name, by=request.user, now=timezone.now())
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error
            except Refused as error:
                form.add_error("file", str(error))
            else:
                refused = file.status == StatementFile.Status.REFUSED
                (messages.error if refused else messages.success)(request, file.summary())
                return HttpResponseRedirect(reverse("admin:payments_statementfile_change", args=[file.pk]))
        context = self.admin_site.each_context(request) | {
            "title": "Import a bank statement",
            "form": form,
            "back": reverse("admin:payments_statementfile_changelist"),
            "opts": StatementFile._meta,
        }
        return TemplateResponse(request, "admin/payments/upload.html", context, status=422 if form.errors else 200)


def shown(minor: int | None, currency: str) -> str:
    return "-" if minor is None else money.display(minor, currency)


def went_on(statement: Statement) -> str:
    """How a statement goes on from the former one, with what is missing between their balances."""
    words = statement.get_continuity_display()
    if statement.missing_minor:
        words += f" ({money.display(statement.missing_minor, statement.currency)})"
    return words


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ("account", "number", "last_day", "opening", "into", "out", "closing", "goes_on")
    list_filter = ("continuity", CurrencyFilter)
    search_fields = ("account",)
    search_help_text = "Account, or the bank's name of the statement"
    ordering = ("-id",)
    empty_words = "Statements appear here when a file of the bank is imported."
    opening, closing = amount("opening_minor", "Opening balance"), amount("closing_minor", "Closing balance")
    into, out = amount("credits_minor", "In"), amount("debits_minor", "Out")
    fields = (
        ("account", "currency"),
        ("number", "page"),
        ("first_day", "last_day"),
        ("opening", "closing"),
        ("into", "out"),
        ("entry_count", "goes_on"),
        "file",
    )
    readonly_fields = ("first_day", "last_day", "opening", "closing", "into", "out", "goes_on")

    def found_by(self, queryset, term):
        return queryset.filter(Q(account="".join(term.split()).upper()) | Q(number=term))

    @display(description="First day")
    def first_day(self, statement):
        return statement.from_on

    @display(description="Last day", ordering="to_on")
    def last_day(self, statement):
        return statement.to_on

    @display(description="Continuity", ordering="continuity")
    def goes_on(self, statement):
        return went_on(statement)
