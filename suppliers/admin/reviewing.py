"""What waits for risk staff: requests to be verified, by waiting time, and companies that points paused."""

from datetime import timedelta

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from suppliers import actions
from suppliers.admin import tables
from suppliers.models import Document, Pause, Supplier, Verification
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.rulebook import CURRENT
from trade_assurance.staff import ActForm, ReadOnlyAdmin, act, whole
from trade_assurance.templatetags.ta import left
from trade_assurance.uploads import download

RISK = ["verify"]


class WaitingFilter(admin.SimpleListFilter):
    """What waits, unless all is asked for; a search looks everywhere."""

    title = "shown"
    parameter_name = "shown"

    def lookups(self, request, model_admin):
        return [("all", "All")]

    def choices(self, changelist):
        first, *others = super().choices(changelist)
        return [first | {"display": "Waiting"}, *others]

    def queryset(self, request, queryset):
        if self.value() == "all" or request.GET.get("q", "").strip():
            return queryset
        return queryset.waiting() if hasattr(queryset, "waiting") else queryset.to_review()


def company_link(row):
    url = reverse("admin:suppliers_supplier_change", args=[row.supplier_id])
    return format_html('<a class="underline" href="{}">{}</a>', url, row.supplier)


class AcceptForm(ActForm):
    """To which level, until when; on site also when, by whom, and the report."""

    level = forms.ChoiceField(choices=[one for one in Supplier.Level.choices if one[0] != Supplier.Level.UNVERIFIED])
    expires_on = forms.DateField(label="Holds until the end of", help_text="The company is reminded before.")
    inspected_on = forms.DateField(label="Inspected on", required=False, help_text="For “inspected on site”.")
    inspector = forms.CharField(max_length=120, required=False)
    report = forms.ChoiceField(label="The inspector’s report, of the documents here", required=False)
    report_file = forms.FileField(
        label="Or add the report", required=False, allow_empty_file=True, help_text="PDF, JPEG or PNG."
    )

    def __init__(self, *args, reports=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["report"].choices = [
            ("", "None"),
            *((str(one.pk), f"{one.name}, {one.added_at:%Y-%m-%d}") for one in reports),
        ]


class RefuseForm(ActForm):
    reason = forms.CharField(
        label="What is missing or wrong",
        max_length=1000,
        widget=forms.Textarea,
        help_text="The company reads it on its page and by mail, mends it and asks again.",
        error_messages={"required": "Say what is missing or wrong: the company reads it and mends it."},
    )


def _waits(at) -> str:
    """For how long a row has been waiting."""
    return left(timezone.now(), at).removesuffix(" left")


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    """The queue, the one that waits longest first; a request beside the company's profile and its documents."""

    list_display = ("supplier", "waits", "asked_at", "now_level", "outcome", "level", "expires_at", "decided_by")
    list_select_related = ("supplier", "decided_by")
    list_filter = (WaitingFilter, "outcome")
    search_fields = ("supplier__name",)
    search_help_text = "Name of the company"
    actions_detail = ("accept", "refuse")
    fieldsets = (
        ("The company", {"fields": ("company", "profile", "standing")}),
        (
            "The request",
            {"fields": (("asked_at", "asked_by"), "note", ("outcome", "decided_at", "decided_by"), "reason")},
        ),
        ("The answer", {"fields": (("level", "expires_at", "ended_at"), ("inspected_on", "inspector", "report"))}),
        ("Documents", {"fields": ("documents",)}),
        ("Requests before", {"fields": ("before",)}),
    )
    readonly_fields = ("company", "profile", "standing", "documents", "before")

    def get_ordering(self, request):
        return ("-id",) if request.GET.get("shown") == "all" else ("asked_at", "id")

    def found_by(self, queryset, term):
        return queryset.filter(supplier__name__icontains=term)

    def has_verify_permission(self, request, obj=None):
        return request.user.has_perm("suppliers.verify_supplier")

    def get_actions_detail(self, request, object_id):
        """Acts only while the request waits."""
        waits = Verification.objects.waiting().filter(pk=whole(str(object_id))).exists()
        return super().get_actions_detail(request, object_id) if waits else []

    company = display(description="Company")(lambda self, row: company_link(row))

    @display(description="Waits for")
    def waits(self, row):
        return _waits(row.asked_at) if row.is_waiting else ""

    @display(description="Level now")
    def now_level(self, row):
        return row.supplier.get_level_display()

    @display(description="Profile")
    def profile(self, row):
        supplier = row.supplier
        founded = f"founded {supplier.founded_year}" if supplier.founded_year else "year not said"
        place = ", ".join(part for part in (supplier.city, supplier.country) if part)
        return format_html(
            '<p>{}: {}, {}.</p><p class="whitespace-pre-line">{}</p>', supplier, place, founded, supplier.about
        )

    @display(description="Standing")
    def standing(self, row):
        return f"{row.supplier.get_level_display()}. {tables.verified_until(row.supplier)}."

    @display(description="All it has shown us")
    def documents(self, row):
        return tables.documents(row.supplier)

    @display(description="Requests")
    def before(self, row):
        return tables.verifications(row.supplier)

    def get_urls(self):
        view = self.admin_site.admin_view(self.document)
        return [path("document/<int:document_id>/", view, name="suppliers_verification_document"), *super().get_urls()]

    def document(self, request, document_id):
        """A document, byte for byte, as a download; that staff opened it is kept."""
        if request.method != "GET" or not request.user.has_perm("suppliers.view_document"):
            raise PermissionDenied("Only risk staff open a company's documents.")
        found = get_object_or_404(Document, pk=document_id)
        try:
            actions.note_document_opened(document_id=found.pk, by=request.user, now=timezone.now())
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        return download(found.file, found.name)

    @action(description="Accept", url_path="accept", permissions=RISK, icon="verified")
    def accept(self, request, object_id):
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        reports = row.supplier.documents.kept().filter(kind=Document.Kind.REPORT).order_by("-id")
        day = timezone.now() + timedelta(days=CURRENT.verification_days)
        return act(
            self,
            request,
            object_id,
            title="Accept the documents",
            explain="The level and its limit count at once, until the end of the day that you name.",
            form_class=lambda *sent, **kwargs: AcceptForm(*sent, reports=reports, **kwargs),
            initial=lambda row: {"level": Supplier.Level.VERIFIED, "expires_on": day.date()},
            call=lambda row, given, now: _accept(row, given, request.user, now),
            done=lambda row, given: f"{row.supplier} is now: {Supplier.Level(given['level']).label.lower()}.",
            button="Accept",
        )

    @action(description="Refuse", url_path="refuse", permissions=RISK, icon="block")
    def refuse(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Refuse the request",
            explain="The level stays as it is.",
            form_class=RefuseForm,
            call=lambda row, given, now: actions.refuse_verification(
                verification_id=row.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda row, given: f"Refused; {row.supplier} gets the reason.",
            button="Refuse",
        )


@transaction.atomic
def _accept(row: Verification, given: dict, by, now) -> None:
    """Accept with a report that is there, or with one that staff add in the same step: both or none."""
    report_id = int(given["report"]) if given["report"] else None
    added = None
    if given["report_file"] and given["level"] == Supplier.Level.INSPECTED:
        try:
            added = actions.add_document(
                supplier_id=row.supplier_id, kind=Document.Kind.REPORT, upload=given["report_file"], by=by, now=now
            )
        except Refused as error:
            error.field = "report_file"
            raise
    try:
        actions.accept_verification(
            verification_id=row.pk,
            level=given["level"],
            expires_on=given["expires_on"],
            inspected_on=given["inspected_on"],
            inspector=given["inspector"],
            report_id=added.pk if added else report_id,
            by=by,
            now=now,
        )
    except BaseException:
        if added:
            added.file.delete(save=False)
        raise


@admin.register(Pause)
class PauseAdmin(ReadOnlyAdmin):
    """Companies that take no new orders and that nobody has looked at, the one that waits longest first."""

    list_display = ("company", "now_status", "because", "at", "waits", "points", "held", "reviewed_at", "review")
    list_display_links = None
    list_select_related = ("supplier",)
    list_filter = (WaitingFilter,)
    search_fields = ("supplier__name",)
    search_help_text = "Name of the company"
    ordering = ("at", "id")
    fields = ("company", "because", "at", "points", "reviewed_at", "reviewed_by", "review", "ended_at")
    readonly_fields = ("company",)

    company = display(description="Company: decide there")(lambda self, row: company_link(row))

    def found_by(self, queryset, term):
        return queryset.filter(supplier__name__icontains=term)

    @display(description="Status")
    def now_status(self, row):
        return row.supplier.get_status_display()

    @display(description="Waits for")
    def waits(self, row):
        return "" if row.reviewed_at or row.ended_at else _waits(row.at)

    @display(description="Open orders hold")
    def held(self, row):
        return money.display(row.supplier.reserved_minor, "USD")
