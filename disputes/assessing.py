"""What a claim is worth before it is filed: the remedies of its items, within what is covered (Rulebook 13)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from disputes import grounds
from disputes.models import Claim
from orders import counting, remedies
from orders import facts as order_facts
from orders.models import Line, Order, ReceiptLine
from trade_assurance import money
from trade_assurance.refused import Refused

R, W = Claim.Reason, Claim.Wish
TEXT_MAX = 2000


@dataclass(frozen=True)
class Item:
    """One thing that a buyer claims: a line, a reason, what was agreed and what came, its figures, and the wish.

    `facts` are whole numbers: received (shortage); quantity (missing, wrong goods); inspected, critical, major, minor
    (quality); inspected, damaged (packaging); keep_bp where the buyer keeps severely wrong goods. `asked_minor` may be
    less than what is computed.
    """

    line_id: int
    reason: str
    wish: str
    agreed: str
    came: str
    facts: dict = field(default_factory=dict)
    asked_minor: int | None = None


@dataclass(frozen=True)
class Assessed:
    """One item with what the remedy gives, and what of it is covered."""

    item: Item
    line: Line
    remedy: remedies.Remedy
    asked_minor: int
    cap_minor: int


@dataclass(frozen=True)
class Assessment:
    """A claim before it is filed: every amount with its working; `uncovered_minor` is shown and never awarded."""

    parts: tuple[Assessed, ...]
    covered_minor: int

    @property
    def claimed_minor(self) -> int:
        return sum(part.asked_minor for part in self.parts)

    @property
    def cap_minor(self) -> int:
        return sum(part.cap_minor for part in self.parts)

    @property
    def uncovered_minor(self) -> int:
        return self.claimed_minor - self.cap_minor

    @property
    def caps(self) -> dict[int, int]:
        """By line id: what is held and can be awarded."""
        caps: dict[int, int] = {}
        for part in self.parts:
            caps[part.line.id] = caps.get(part.line.id, 0) + part.cap_minor
        return caps


def assess(*, order: Order, items: Sequence[Item], now: datetime) -> Assessment:
    """Compute a claim by the remedies, capped by the covered amount that no other dispute claims.

    Raises Refused with `field` "reason", or of a figure, prefixed by the item's place: "0.inspected".
    """
    if not items:
        raise Refused(_("Choose at least one line and say what is wrong with it."))
    if len({(item.line_id, item.reason) for item in items}) < len(items):
        raise Refused(_("Give each reason once a line."))
    known = {(ground.line.id, ground.reason): ground for ground in grounds.grounds(order, now)}
    found = []
    for place, item in enumerate(items):
        ground = known.get((item.line_id, item.reason))
        if ground is None:
            raise Refused(_("Choose a line of this contract and a reason."), field=f"{place}.reason")
        if not ground.allowed:
            raise Refused(ground.why, field=f"{place}.reason")
        try:
            found.append((item, ground.line, _compute(order, ground, item, items)))
        except Refused as refused:
            raise type(refused)(str(refused), field=f"{place}.{refused.field}") from None
    asked = [_asked(place, item, remedy, order) for place, (item, _line, remedy) in enumerate(found)]
    others = order.disputes.open().filter(claimant=Order.Side.BUYER)
    covered = max(0, order.covered_minor - sum(other.left_minor for other in others))
    if covered == 0:
        raise Refused(_("Nothing of this order is covered at the moment, so nothing can be claimed."))
    within = _within_lines([line for _item, line, _remedy in found], asked)
    total = sum(within)
    caps = within if total <= covered else money.allocate(covered, within)
    if min(caps) == 0:
        raise Refused(_("So little is covered that nothing would be left for one of these. Claim fewer."))
    parts = zip(found, asked, caps, strict=True)
    return Assessment(tuple(Assessed(item, line, rem, a, cap) for (item, line, rem), a, cap in parts), covered)


def _within_lines(lines: list[Line], asked: list[int]) -> list[int]:
    """No line is claimed for more than it cost and was not paid back already."""
    within = list(asked)
    for line in {line.id: line for line in lines}.values():
        places = [n for n, each in enumerate(lines) if each.id == line.id]
        if sum(asked[n] for n in places) > line.left_minor:
            for n, part in zip(places, money.allocate(line.left_minor, [asked[n] for n in places]), strict=True):
                within[n] = part
    return within


def _asked(place: int, item: Item, remedy: remedies.Remedy, order: Order) -> int:
    if item.asked_minor is None:
        return remedy.minor
    if not 0 < item.asked_minor <= remedy.minor:
        most = money.display(remedy.minor, order.currency)
        raise Refused(_("Ask for an amount above zero and at most {most}.").format(most=most), field=f"{place}.asked")
    return item.asked_minor


def _number(item: Item, name: str) -> int:
    value = item.facts.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise Refused(_("Give a whole number."), field=name)
    return value


def _compute(order: Order, ground: grounds.Ground, item: Item, items: Sequence[Item]) -> remedies.Remedy:
    rules, goods = order.rulebook, remedies.Goods.of(ground.line, order.currency)
    if item.wish not in wishes(item.reason):
        raise Refused(_("Choose what you want for this."), field="wish")
    for name in ("agreed", "came"):
        text = getattr(item, name).strip()
        if not text and name == "agreed":
            raise Refused(_("Say in your own words what was agreed."), field=name)
        if not text:
            raise Refused(_("Say in your own words what came, or did not."), field=name)
        if len(text) > TEXT_MAX:
            said = _("Keep this to {most} characters; add files as evidence.")
            raise Refused(said.format(most=f"{TEXT_MAX:,}"), field=name)
    if item.reason in (R.NON_SHIPMENT, R.NON_RECEIPT):
        units = _number(item, "quantity")
        if not 0 < units <= ground.most:
            raise Refused(
                _("Between 1 and {most} {unit} can be claimed.").format(most=f"{ground.most:,}", unit=ground.line.unit),
                field="quantity",
            )
        return remedies.missing(goods, units)
    if item.reason == R.LATE:
        days = grounds.days_late(order, ground.line, lost=lost_units(ground.line, items))
        return _due(remedies.late(goods, days, rules), "reason")
    if item.reason == R.SHORTAGE:
        return _due(remedies.shortage(goods, _number(item, "received"), rules), "received")
    came = ground.most - _short(ground, item, items)
    if item.reason in (R.WRONG, R.DOCUMENTS):
        units = _number(item, "quantity") if item.reason == R.WRONG else came
        if not 0 < units <= came:
            raise Refused(
                _("Between 1 and {came} {unit} came.").format(came=f"{came:,}", unit=ground.line.unit), field="quantity"
            )
        return _severe(goods, units, item, rules)
    if item.reason == R.PACKAGING:
        found = remedies.Found(_number(item, "inspected"), minor=_number(item, "damaged"))
    else:
        counts = {name: _number(item, name) for name in ("inspected", "critical", "major", "minor")}
        found = remedies.Found(**counts)
    aqls = counting.aqls(order_facts.contract(order).terms, rules)
    remedy = remedies.nonconformity(goods, came, found, rules, aqls)
    if remedy.is_severe:
        chosen = _severe(goods, came, item, rules)
        return remedies.Remedy(chosen.minor, remedy.working + chosen.working[1:], came, is_severe=True)
    if item.wish == W.RETURN:
        least = rules.severe_from_bp // 100
        raise Refused(
            _(
                "Below {least} % defects a return needs the supplier's consent. Ask for a refund; offer a return after."
            ).format(least=least),
            field="wish",
        )
    return _due(remedy, "inspected")


def wishes(reason: str) -> tuple:
    """What can be wished for a reason."""
    if reason == R.LATE:
        return (W.COMPENSATION,)
    if reason in (R.NON_SHIPMENT, R.NON_RECEIPT, R.SHORTAGE):
        return (W.REFUND, W.REPLACEMENT) if reason != R.NON_SHIPMENT else (W.REFUND,)
    return (W.REFUND, W.RETURN, W.REPLACEMENT)


def _short(ground: grounds.Ground, item: Item, items: Sequence[Item]) -> int:
    """Units that the same claim, or else the receipt, says never came: they cannot be defective too."""
    for other in items:
        if other.line_id == item.line_id and other.reason == R.SHORTAGE:
            return max(0, ground.most - _number(other, "received"))
    counted = ReceiptLine.objects.filter(line=ground.line).first()
    return max(0, counted.short_quantity - grounds.gone(ground.line)) if counted else 0


def lost_units(line: Line, items: Sequence[Item]) -> int:
    """Units that the same claim wants paid back since they did not come: no delay is due for them."""
    units, left = 0, line.quantity - line.refunded_quantity
    for other in items:
        if other.line_id == line.id and other.reason == R.NON_RECEIPT:
            units += _number(other, "quantity")
        elif other.line_id == line.id and other.reason == R.SHORTAGE:
            units += max(0, left - _number(other, "received"))
    return units


def _severe(goods: remedies.Goods, units: int, item: Item, rules) -> remedies.Remedy:
    if item.wish == W.REFUND:
        return remedies.keep(goods, units, _number(item, "keep_bp"), rules)
    return remedies.send_back(goods, units)


def _due(remedy: remedies.Remedy, name: str) -> remedies.Remedy:
    if remedy.minor == 0:
        raise Refused(remedy.why_nothing, field=name)
    return remedy
