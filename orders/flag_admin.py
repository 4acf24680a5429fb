"""The staff's act on an order that says whether it counts for its supplier's rating."""

from unfold.decorators import action

from orders.actions import flagging
from orders.models import Order
from trade_assurance.staff import act, whole


class FlagActs:
    """Flag and unflag, for the admin of orders."""

    def has_flag_permission(self, request, obj=None):
        return request.user.has_perm("suppliers.verify_supplier")

    def get_actions_detail(self, request, object_id):
        """Flag or unflag, whichever there is to do."""
        is_flagged = Order.objects.filter(pk=whole(str(object_id)), flagged_at__isnull=False).exists()
        idle = "orders_order_flag" if is_flagged else "orders_order_unflag"
        return [each for each in super().get_actions_detail(request, object_id) if each.action_name != idle]

    @action(description="Flag: does not count for the rating", url_path="flag", permissions=["flag"], icon="flag")
    def flag(self, request, object_id):
        return self._flagged(
            request,
            object_id,
            flagging.flag,
            title="Flag: does not count for the rating",
            explain="Neither good nor bad of this order counts then, nor its volume. Cover and money stay as they are.",
            done="does not count for the rating",
        )

    @action(description="Let it count again", url_path="unflag", permissions=["flag"], icon="outlined_flag")
    def unflag(self, request, object_id):
        return self._flagged(
            request,
            object_id,
            flagging.unflag,
            title="Let it count for the rating again",
            explain="It counts as every other order does.",
            done="counts for the rating again",
        )

    def _flagged(self, request, object_id, call, *, title, explain, done):
        return act(
            self,
            request,
            object_id,
            title=title,
            explain=explain,
            call=lambda order, given, now: call(order_id=order.pk, reason=given["reason"], by=request.user, now=now),
            done=lambda order, given: f"{order} {done}.",
            button=title.partition(":")[0],
        )
