"""The desk of payment files: finance makes one of what waits; another person releases it and takes it to the bank."""

from functools import partial

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.decorators import action, display

from accounts.freshness import demand_fresh
from payments import actions
from payments.models import BatchItem, PayoutBatch
from payments.waiting import by_files, waiting
from trade_assurance import money
from trade_assurance.refused import NotAllowed, Refused
from trade_assurance.staff import (
    ActForm,
    CurrencyFilter,
    ReadOnlyAdmin,
    ReadOnlyInline,
    act,
    amount,
    is_row_page,
    table,
)

State = PayoutBatch.State


class MakeForm(ActForm):
    currency = forms.ChoiceField(
        label="Currency", choices=[(code, code) for code in money.CURRENCIES], help_text="One file a currency."
    )


class ReleaseForm(ActForm):
    file_sha256 = forms.CharField(
        label="SHA-256 of the file that you looked at",
        max_length=64,
        help_text="Only this file is released. If another stands here than on the page that you read, go back.",
    )


class Nothing(ActForm):
    """Nothing to fill in: the button is the act."""


class ItemInline(ReadOnlyInline):
    model = BatchItem
    fields = ("end_to_end", "towards", "sent", "holder", "account", "bank", "status")
    readonly_fields = ("towards", "sent", "account", "bank", "status")

    def get_queryset(self, request):
        found = super().get_queryset(request)
        return found.select_related("batch", "refund__order", "payout__supplier").order_by("id")

    @display(description="For")
    def towards(self, item):
        return item.sending.towards

    @display(description="Amount")
    def sent(self, item):
        return money.display(item.amount_minor, item.batch.currency)

    @display(description="Account")
    def account(self, item):
        return item.iban or item.number

    @display(description="Bank")
    def bank(self, item):
        return " ".join(filter(None, (item.bank_name, item.bic, item.country)))

    @display(description="Stands")
    def status(self, item):
        return item.sending.get_status_display()


@admin.register(PayoutBatch)
class PayoutBatchAdmin(ReadOnlyAdmin):
    list_display = ("message_id", "state", "count", "total", "made_by", "made_at", "released_by", "sent_at")
    list_select_related = ("made_by", "released_by")
    list_filter = ("state", CurrencyFilter)
    search_fields = ("message_id",)
    search_help_text = "Name of the file, or our reference of a transfer (TA-P…, TA-R…)"
    ordering = ("-id",)
    inlines = (ItemInline,)
    actions_list = ("make",)
    empty_words = "Open “What waits, and a new file” to write the first one."
    actions_detail = ("release", "take", "confirm", "drop")
    total = amount("total_minor", "Total")
    fields = (
        ("message_id", "state"),
        ("count", "total"),
        ("currency", "execute_on"),
        "file_sha256",
        "digest",
        ("made_by", "made_at"),
        ("released_by", "released_at"),
        ("sent_by", "sent_at"),
        "ended_at",
        ("dropped_by", "dropped_because"),
    )
    readonly_fields = ("total",)

    def get_queryset(self, request):
        return super().get_queryset(request).defer("file")

    def found_by(self, queryset, term):
        by_reference = BatchItem.objects.filter(end_to_end=term.upper()).values("batch")
        return queryset.filter(message_id=term.upper()) | queryset.filter(pk__in=by_reference)

    def get_urls(self):
        view = self.admin_site.admin_view(partial(_make, self))
        return [path("make/", view, name="payments_payoutbatch_make_file"), *super().get_urls()]

    def has_make_permission(self, request, obj=None):
        return request.user.has_perm("payments.make_batch")

    def _has_state(self, request, obj, permission, *states):
        if not request.user.has_perm(f"payments.{permission}"):
            return False
        if obj is None or not is_row_page(request):
            return True
        return PayoutBatch.objects.filter(pk=obj, state__in=states).exists()

    def has_release_permission(self, request, obj=None):
        """The button is not for who made the file; the action and the database refuse it too."""
        return self._has_state(request, obj, "release_batch", State.MADE) and (
            obj is None
            or not is_row_page(request)
            or not PayoutBatch.objects.filter(pk=obj, made_by=request.user).exists()
        )

    def has_take_permission(self, request, obj=None):
        return self._has_state(request, obj, "release_batch", State.RELEASED, State.SENT, State.CONFIRMED)

    def has_confirm_permission(self, request, obj=None):
        return self._has_state(request, obj, "release_batch", State.SENT)

    def has_drop_permission(self, request, obj=None):
        return self._has_state(request, obj, "make_batch", State.MADE, State.RELEASED)

    @action(description="What waits, and a new file", url_path="to-make", permissions=["make"], icon="note_add")
    def make(self, request):
        return redirect("admin:payments_payoutbatch_make_file")

    def _act(self, request, object_id, *, call, **words):
        def fresh_call(batch, given, now):
            demand_fresh(request)
            call(batch, given, now)

        return act(self, request, object_id, call=fresh_call, **words)

    @action(description="Release", url_path="release", permissions=["release"], icon="verified")
    def release(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Release this file",
            explain=f"{_told(object_id)} You confirm that each transfer in it is right, and goes to the right account.",
            form_class=ReleaseForm,
            initial=lambda batch: {"file_sha256": batch.file_sha256},
            call=lambda batch, given, now: actions.release_batch(
                batch_id=batch.pk, file_sha256=given["file_sha256"].strip(), by=request.user, now=now
            ),
            done=lambda batch, given: f"{batch} is released. Take the file to the bank.",
            why_not=lambda batch: _own(batch, request.user) or _stands(batch, State.MADE),
            button="Release it",
        )

    @action(description="Take the file", url_path="take", permissions=["take"], icon="download")
    def take(self, request, object_id):
        """The file itself; taking it the first time sends what is in it."""
        if request.method != "POST":
            return act(
                self,
                request,
                object_id,
                title="Take the file to the bank",
                explain="All in it counts as sent from now on. Upload it at the bank once.",
                form_class=Nothing,
                call=None,
                done=None,
                why_not=lambda batch: _stands(batch, State.RELEASED, State.SENT, State.CONFIRMED),
                button="Take the file",
            )
        demand_fresh(request)
        try:
            batch = actions.take_file(batch_id=int(object_id), by=request.user, now=timezone.now())
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse("admin:payments_payoutbatch_change", args=[object_id]))
        name = f"{batch.message_id}.xml"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(batch.file), content_type="application/xml", headers=disposition)

    @action(description="It has left", url_path="confirm", permissions=["confirm"], icon="done_all")
    def confirm(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="All of it has left our bank",
            explain="For a bank that books the file in one sum. Else the statement confirms each transfer by itself.",
            form_class=Nothing,
            call=lambda batch, given, now: actions.confirm_batch(batch_id=batch.pk, by=request.user, now=now),
            done=lambda batch, given: f"What was on its way in {batch} has left.",
            why_not=lambda batch: _stands(batch, State.SENT),
            button="It stands on the statement",
        )

    @action(description="Drop", url_path="drop", permissions=["drop"], icon="delete")
    def drop(self, request, object_id):
        return self._act(
            request,
            object_id,
            title="Drop this file",
            explain="Nothing in it is sent; it all waits for another file.",
            call=lambda batch, given, now: actions.drop_batch(
                batch_id=batch.pk, because=given["reason"], by=request.user, now=now
            ),
            done=lambda batch, given: f"{batch} is dropped.",
            why_not=lambda batch: _stands(batch, State.MADE, State.RELEASED),
            button="Drop it",
        )


def _told(object_id) -> str:
    """What a file sends, in one sentence."""
    batch = PayoutBatch.objects.select_related("made_by").defer("file").filter(pk=object_id).first()
    if batch is None:
        return ""
    count = "1 transfer" if batch.count == 1 else f"{batch.count} transfers"
    return f"{count}, {money.display(batch.total_minor, batch.currency)}, made by {batch.made_by}."


def _own(batch: PayoutBatch, user) -> str:
    return "You made this file, so another person must release it." if batch.made_by_id == user.pk else ""


def _stands(batch: PayoutBatch, *states: str) -> str:
    """Why this can't be done with a file now; "" in one of these states."""
    stands = batch.get_state_display().lower()
    return "" if batch.state in states else f"This file is not ready for that ({stands}). Nothing was changed."


def _make(model_admin, request):
    """What waits, each with its reason, and the button that writes a file of what can go."""
    if not model_admin.has_make_permission(request):
        raise PermissionDenied
    form, now = MakeForm(request.POST if request.method == "POST" else None), timezone.now()
    if request.method == "POST" and form.is_valid():
        demand_fresh(request)
        try:
            batch = actions.make_batch(currency=form.cleaned_data["currency"], by=request.user, now=now)
        except NotAllowed as error:
            raise PermissionDenied(str(error)) from error
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"{batch} is made. Another person releases it.")
            return redirect("admin:payments_payoutbatch_change", batch.pk)
    rows = [(one.what, one.amount, f"{one.since:%d %b %Y}" if one.since else "-", one.why) for one in waiting(now)]
    context = model_admin.admin_site.each_context(request) | {
        "title": "What waits to leave",
        "waiting": table(("What", "Amount", "Since", "Why it waits"), rows),
        "by_files": by_files(),
        "form": form,
        "back": reverse("admin:payments_payoutbatch_changelist"),
        "opts": PayoutBatch._meta,
    }
    return TemplateResponse(request, "admin/payments/make_file.html", context, status=422 if form.errors else 200)
