"""What the staff pages of findings share: a row of an order is judged once, with a reason that both sides read."""

from django.utils.html import format_html
from unfold.decorators import display

from trade_assurance.staff import ReadOnlyAdmin, Reason, act, order_page


class JudgedAdmin(ReadOnlyAdmin):
    """Rows of orders that wait for a finding. `may_judge` names the permission, `judged` is the action's argument."""

    search_fields = ("order__reference",)
    search_help_text = "Order number"
    list_select_related = ("order",)
    may_judge = judged = ""

    def found_by(self, queryset, term):
        return queryset.filter(order__reference=term.upper())

    def has_judge_permission(self, request, obj=None):
        return request.user.has_perm(self.may_judge)

    @display(description="Order")
    def the_order(self, row):
        order = row.order
        words = f"{order.reference}, {order.supplier.name} to {order.buyer.display_name}, {order.get_status_display()}"
        return format_html('<a class="underline" href="{}">{}</a>', order_page(order.pk), words)

    def already(self, row) -> str:
        """What it was found, such as "found proven"; empty while it waits."""
        raise NotImplementedError

    def find(self, request, object_id, call, *, title, explain, done):
        """Ask for the reason, and judge by this action."""
        return act(
            self,
            request,
            object_id,
            title=title,
            explain=explain,
            form_class=Reason,
            initial=lambda row: {},
            call=lambda row, given, now: call(
                **{self.judged: row.pk}, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda row, given: f"{row} {done}.",
            button=title,
            why_not=lambda row: f"This was {found} already." if (found := self.already(row)) else "",
        )
