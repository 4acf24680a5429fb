"""The staff page of reviews: everything readable, nothing editable; risk staff remove one for a listed reason."""

from django import forms
from django.contrib import admin
from django.db.models import Q
from unfold.decorators import action, display

from orders import actions
from orders.models import Review
from suppliers.models import Supplier
from trade_assurance.staff import ActForm, ReadOnlyAdmin, act


class RemovalForm(ActForm):
    because = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose a reason"), *Review.Removed.choices],
        help_text="A bad review is no reason. Who removed it and why is kept in the events of the order.",
        error_messages={"required": "Choose one of the listed reasons; a review is removed for no other."},
    )


class RemovedFilter(admin.SimpleListFilter):
    title = "shown"
    parameter_name = "shown"

    def lookups(self, request, model_admin):
        return [("yes", "Shown"), ("no", "Removed")]

    def queryset(self, request, queryset):
        return queryset.filter(removed_at__isnull=self.value() == "yes") if self.value() else queryset


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = (
        "order",
        "supplier",
        "by",
        "on_time",
        "as_agreed",
        "service",
        "written_at",
        "beginning",
        "removed_at",
    )
    list_select_related = ("order", "supplier", "by")
    list_filter = (RemovedFilter, "removed_because")
    search_fields = ("order__reference",)
    search_help_text = "Order number, a buyer's e-mail address or a supplier's name"
    ordering = ("-id",)
    actions_detail = ("remove",)
    fieldsets = (
        (None, {"fields": (("order", "supplier"), ("by", "written_at"), ("on_time", "as_agreed", "service"), "text")}),
        ("Reply", {"fields": (("replied_by", "replied_at"), "reply")}),
        ("Revision", {"fields": ("revised_at", "first")}),
        ("Removal", {"fields": (("removed_by", "removed_at"), "removed_because")}),
    )

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("order", "supplier", "by", "replied_by", "removed_by")

    def found_by(self, queryset, term):
        return queryset.filter(
            Q(order__reference=term.upper())
            | Q(by__email=term.lower())
            | Q(supplier__in=Supplier.objects.filter(name__icontains=term)[:20].values("pk"))
        )

    def has_remove_permission(self, request, obj=None):
        return request.user.has_perm("orders.remove_review")

    @display(description="Text")
    def beginning(self, review):
        return review.text[:80]

    @action(description="Remove", url_path="remove", permissions=["remove"], icon="delete")
    def remove(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Remove this review",
            explain="It is shown nowhere from then on and no longer counts for the rating. It can't be put back.",
            form_class=RemovalForm,
            call=lambda review, given, now: actions.remove_review(
                review_id=review.pk, because=given["because"], by=request.user, now=now
            ),
            done=lambda review, given: "The review is removed.",
            button="Remove it",
        )
