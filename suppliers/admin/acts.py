"""What risk staff do with a company by one small form each: parse, call one action, answer."""

from django import forms
from unfold.decorators import action

from suppliers import actions
from suppliers.models import Supplier
from trade_assurance import money
from trade_assurance.rulebook import CURRENT
from trade_assurance.staff import ActForm, Reason, act

RISK = ["verify"]
MAIN = ("let_trade", "keep_paused")
SETTING = ("note_forged", "set_status", "follow_rating", "set_stars", "set_limit", "verify")
ACTS = (*MAIN, {"title": "Act", "icon": "tune", "items": [*SETTING]})
TOLD = "Kept with the change, in the events; the company gets it by mail."


class LevelForm(ActForm):
    level = forms.ChoiceField(choices=Supplier.Level.choices)


class StarsForm(Reason):
    stars = forms.TypedChoiceField(
        choices=[("", "None: new"), *((n, str(n)) for n in range(6))], coerce=int, empty_value=None, required=False
    )
    field_order = ("stars", "reason")


class LimitForm(Reason):
    limit = forms.CharField(label="Protection limit, USD", max_length=30, help_text="Such as 25,000.00.")
    field_order = ("limit", "reason")


class ToldReason(Reason):
    """A reason that the company reads."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = TOLD


class StatusForm(ToldReason):
    status = forms.ChoiceField(choices=Supplier.Status.choices)
    field_order = ("status", "reason")


class ForgedForm(Reason):
    reference = forms.CharField(label="Number of the order", max_length=20, help_text="Such as TA-7K3M-Q9XD.")
    is_unresolved = forms.BooleanField(
        label="It stays unresolved",
        required=False,
        help_text="The company neither explained nor mended it: the points count twice.",
    )
    field_order = ("reference", "is_unresolved", "reason")


class Acts:
    """The acts, for the admin of suppliers; which of them a company's page shows follows its state."""

    def has_verify_permission(self, request, obj=None):
        return request.user.has_perm("suppliers.verify_supplier")

    def get_actions_detail(self, request, object_id):
        """The acts that have something to do for this company."""
        found = super().get_actions_detail(request, object_id)
        row = Supplier.objects.filter(pk=object_id).values("status", "stars_reason", "limit_reason").first()
        idle = set()
        if row is None or row["status"] == Supplier.Status.ACTIVE:
            idle.add("let_trade")
        if row is None or row["status"] != Supplier.Status.PAUSED:
            idle.add("keep_paused")
        if row is None or not (row["stars_reason"] or row["limit_reason"]):
            idle.add("follow_rating")
        return [each for each in found if each.action_name.removeprefix("suppliers_supplier_") not in idle]

    @action(description="Let it take orders again", url_path="active", permissions=RISK, icon="play_circle")
    def let_trade(self, request, object_id):
        return self._status(
            request,
            object_id,
            Supplier.Status.ACTIVE,
            title="Let it take orders again",
            explain="The review ends. New protected orders are possible at once, as far as its limit is free.",
            done="takes new protected orders again",
        )

    @action(description="Keep paused", url_path="keep-paused", permissions=RISK, icon="pause_circle")
    def keep_paused(self, request, object_id):
        return self._status(
            request,
            object_id,
            Supplier.Status.PAUSED,
            title="Keep it paused",
            explain="It leaves the review queue until new points come. Open orders go on.",
            done="stays paused",
            form_class=Reason,
        )

    def _status(self, request, object_id, status, *, title, explain, done, form_class=ToldReason):
        return act(
            self,
            request,
            object_id,
            title=title,
            explain=explain,
            form_class=form_class,
            call=lambda supplier, given, now: actions.set_status(
                supplier_id=supplier.pk, status=status, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} {done}.",
            button=title,
        )

    @action(description="Note forged evidence or false tracking", url_path="forged", permissions=RISK, icon="gpp_maybe")
    def note_forged(self, request, object_id):
        points = dict(CURRENT.points)["forged"]
        return act(
            self,
            request,
            object_id,
            title="Note forged evidence or false tracking",
            explain=f"{points} penalty points, {2 * points} if it stays unresolved, once an order. From "
            f"{CURRENT.review_from_points} points a company is paused, from {CURRENT.removed_from_points} removed.",
            form_class=ForgedForm,
            call=lambda supplier, given, now: actions.note_forged(
                supplier_id=supplier.pk, by=request.user, now=now, **given
            ),
            done=lambda supplier, given: f"Noted for {given['reference'].strip().upper()}.",
            button="Note it",
        )

    @action(description="Follow the rating again", url_path="follow", permissions=RISK, icon="sync")
    def follow_rating(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Follow the rating again",
            explain="Stars and limit that staff had set end; both are again as the rating works them out.",
            call=lambda supplier, given, now: actions.follow_rating(
                supplier_id=supplier.pk, reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} follows its rating again.",
            button="Follow the rating",
        )

    @action(description="Level, without a request", url_path="verify", permissions=RISK, icon="verified")
    def verify(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set how far the company is verified",
            explain="Without a request, and without end: a verification that has an end no longer counts then.",
            form_class=LevelForm,
            initial=lambda supplier: {"level": supplier.level},
            call=lambda supplier, given, now: actions.verify_supplier(
                supplier_id=supplier.pk, level=given["level"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} is now: {Supplier.Level(given['level']).label.lower()}.",
            button="Set the level",
        )

    @action(description="Set stars", url_path="stars", permissions=RISK, icon="star")
    def set_stars(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set stars",
            explain="Stars decide which part of a release is kept until protection ends.",
            form_class=StarsForm,
            initial=lambda supplier: {"stars": supplier.stars, "reason": ""},
            call=lambda supplier, given, now: actions.set_stars(
                supplier_id=supplier.pk, stars=given["stars"], reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"The stars of {supplier} are set.",
            button="Set the stars",
        )

    @action(description="Set limit", url_path="limit", permissions=RISK, icon="speed")
    def set_limit(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Set the protection limit",
            explain="What open orders have reserved stays reserved.",
            form_class=LimitForm,
            initial=lambda supplier: {"limit": money.format_amount(supplier.limit_minor, "USD")},
            call=lambda supplier, given, now: self._set_limit(request, supplier, given, now),
            done=lambda supplier, given: f"The limit of {supplier} is set.",
            button="Set the limit",
        )

    def _set_limit(self, request, supplier, given, now):
        try:
            limit = money.parse(given["limit"], "USD")
        except money.BadAmount as error:
            error.field = "limit"
            raise
        actions.set_limit(supplier_id=supplier.pk, limit_minor=limit, reason=given["reason"], by=request.user, now=now)

    @action(description="Pause or activate", url_path="status", permissions=RISK, icon="pause_circle")
    def set_status(self, request, object_id):
        return act(
            self,
            request,
            object_id,
            title="Pause, activate or remove",
            explain="Paused: no new protected orders. Removed: also out of the directory. Open orders go on.",
            form_class=StatusForm,
            initial=lambda supplier: {"status": supplier.status},
            call=lambda supplier, given, now: actions.set_status(
                supplier_id=supplier.pk, status=given["status"], reason=given["reason"], by=request.user, now=now
            ),
            done=lambda supplier, given: f"{supplier} is now: {Supplier.Status(given['status']).label.lower()}.",
            button="Set the status",
        )
