"""What a buyer types into a claim: for each line and reason that can be claimed, its words, figures and wish."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes import noticed, retelling
from disputes.actions import Item
from disputes.assessing import TEXT_MAX, wishes
from disputes.grounds import Ground
from disputes.models import Claim
from orders.breaches import Breach
from orders.models import Order
from orders.terms import Terms
from trade_assurance import money
from trade_assurance.fields import MoneyField, PercentField, WholeField, WordsField, text_area, text_input
from trade_assurance.refused import Refused
from trade_assurance.templatetags.ta import day_end, percent

R, W = Claim.Reason, Claim.Wish
INSPECTED = ("inspected", "critical", "major", "minor")
FIGURES = {
    R.NON_SHIPMENT: ("quantity",),
    R.NON_RECEIPT: ("quantity",),
    R.SHORTAGE: ("received",),
    R.QUALITY: INSPECTED,
    R.WRONG: ("quantity",),
    R.PACKAGING: ("inspected", "damaged"),
}
KEEPS = (R.QUALITY, R.WRONG, R.PACKAGING, R.DOCUMENTS)  # a buyer may keep these goods at a lower price
LABELS = {
    "quantity": _lazy("How many are claimed"),
    "received": _lazy("How many came"),
    "inspected": _lazy("How many you inspected"),
    "critical": _lazy("Of them with a critical defect"),
    "major": _lazy("Of them with a major defect"),
    "minor": _lazy("Of them with a minor defect only"),
    "damaged": _lazy("Of them damaged by their packaging"),
}
HINTS = {
    "critical": _lazy("Unsafe, or against the law."),
    "major": _lazy("Likely to fail, or not to be sold as agreed."),
    "minor": _lazy("Differs, but can be used and sold."),
}
SAYS = {  # kept with the claim, which the other side and our staff read: in English until the buyer writes otherwise
    R.NON_SHIPMENT: retelling.NEVER_SHIPPED,
    R.NON_RECEIPT: retelling.NEVER_CAME,
    R.LATE: retelling.LATE,
}
WISHES = {
    W.REFUND: _lazy("A refund"),
    W.RETURN: _lazy("Send the goods back, and be refunded"),
    W.REPLACEMENT: _lazy("A replacement, if the supplier agrees"),
    W.COMPENSATION: _lazy("Compensation for the delay"),
}


class ItemForm(forms.Form):
    """One reason on one line; nothing of it counts unless it is picked."""

    pick = forms.BooleanField(required=False)

    def __init__(
        self,
        data=None,
        *,
        ground: Ground,
        order: Order,
        terms: Terms,
        receipt=None,
        picked: bool = False,
        breach: Breach | None = None,
    ):
        self.ground, self.order, self.receipt, self.breach = ground, order, receipt, breach
        prefix = f"{ground.line.id}-{ground.reason}"
        is_picked = data is not None and bool(data.get(f"{prefix}-pick"))
        super().__init__(data if is_picked else None, prefix=prefix, initial={"pick": picked and data is None})
        self.use_required_attribute = False
        self.fields["pick"].label = ground.label
        self._words(terms)
        self._figures()
        if ground.reason in KEEPS:
            least, most = (percent(bp) for bp in order.rulebook.keep_bp)
            self.fields["keep"] = PercentField(
                label=_("If it is severe and you keep the goods: the share off"),
                help_text=_("Between {least} and {most}. For defects from {severe} on.").format(
                    least=least, most=most, severe=percent(order.rulebook.severe_from_bp)
                ),
                widget=text_input(inputmode="decimal", **{"class": "input num text-end"}),
            )
        self._wish_and_less()

    def _words(self, terms: Terms) -> None:
        self.fields["agreed"] = WordsField(
            label=_("What was agreed"),
            most=TEXT_MAX,
            widget=text_area(3),
            initial=noticed.agreed(self.breach) if self.breach else agreed_in(terms, self.ground, self.order),
        )
        self.fields["came"] = WordsField(
            label=_("What came, or did not"),
            most=TEXT_MAX,
            widget=text_area(8 if self.breach else 3),
            initial=noticed.came(self.breach, self.order)
            if self.breach
            else SAYS.get(self.ground.reason, getattr(self.receipt, "note", "")),
        )
        self.fields["agreed"].required = self.fields["came"].required = True

    def _figures(self) -> None:
        for name in FIGURES.get(self.ground.reason, ()):
            self.fields[name] = WholeField(
                label=LABELS[name],
                help_text=HINTS.get(name, self._most(name)),
                initial=self._first(name),
                widget=text_input(inputmode="numeric", **{"class": "input num text-end"}),
            )
            self.fields[name].required = True

    def _most(self, name: str) -> str:
        unit = self.ground.line.unit
        if name == "received":
            return _("Of {quantity} {unit}.").format(quantity=f"{self.ground.line.quantity:,}", unit=unit)
        return (
            _("At most {most} {unit}.").format(most=f"{self.ground.most:,}", unit=unit)
            if name in ("quantity", "inspected")
            else ""
        )

    def _first(self, name: str) -> str:
        short = getattr(self.receipt, "short_quantity", 0)
        rejected = getattr(self.receipt, "rejected_quantity", 0)
        if self.breach and name in self.breach.ask.figures:
            return f"{self.breach.ask.figures[name]:,}"
        if name in INSPECTED and getattr(self.receipt, "inspected_quantity", None):
            return f"{getattr(self.receipt, f'{name}_quantity'):,}"
        match name:
            case "received":
                line = self.ground.line
                return f"{line.quantity - max(line.refunded_quantity, short):,}"
            case "quantity" if self.ground.reason == R.WRONG:
                return f"{rejected:,}" if rejected else ""
            case "quantity":
                return f"{self.ground.most:,}"
            case "inspected":
                return ""
        return "0"

    def _wish_and_less(self) -> None:
        allowed = wishes(self.ground.reason)
        self.fields["wish"] = forms.ChoiceField(
            label=_("What you want"),
            choices=[(wish.value, WISHES[wish]) for wish in allowed],
            initial=self.breach.ask.wish if self.breach else allowed[0].value,
            widget=forms.RadioSelect if len(allowed) > 1 else forms.HiddenInput,
            error_messages={"required": _("Choose what you want for this.")},
        )
        self.fields["asked"] = MoneyField(
            label=_("Ask for less than is computed"),
            help_text=_("In {currency}. Leave it empty to ask for all of it.").format(currency=self.order.currency),
            widget=text_input(inputmode="decimal", **{"class": "input num"}),
        )
        self.fields["asked"].currency = self.order.currency

    @property
    def is_picked(self) -> bool:
        return self.is_bound or bool(self.initial.get("pick"))

    @property
    def figures(self) -> list:
        return [self[name] for name in FIGURES.get(self.ground.reason, ())]

    @property
    def keep_field(self):
        return self["keep"] if "keep" in self.fields else None

    @property
    def has_choice(self) -> bool:
        return not self["wish"].is_hidden

    def item(self) -> Item:
        """What the claim's actions take; the form is valid."""
        read = self.cleaned_data
        facts = {name: read[name] for name in FIGURES.get(self.ground.reason, ())}
        if read.get("keep"):
            facts["keep_bp"] = read["keep"]
        return Item(
            line_id=self.ground.line.id,
            reason=self.ground.reason,
            wish=read["wish"],
            agreed=read["agreed"].replace("\r\n", "\n"),
            came=read["came"].replace("\r\n", "\n"),
            facts=facts,
            asked_minor=read["asked"],
        )

    def refuse(self, field: str, sentence: str) -> None:
        """Put an action's refusal at its field."""
        if field == "keep_bp":
            least, most = (percent(bp) for bp in self.order.rulebook.keep_bp)
            field, sentence = (
                "keep",
                _("This is severe. To keep the goods, say a share off between {least} and {most}.").format(
                    least=least, most=most
                ),
            )
        self.add_error(field if field in self.fields else None, sentence)


def agreed_in(terms: Terms, ground: Ground, order: Order) -> str:
    """What the contract says of a line on the point of a reason."""
    line = ground.line
    amount = f"{line.quantity:,} {line.unit} {line.product}"
    if ground.reason in (R.NON_SHIPMENT, R.NON_RECEIPT, R.LATE):
        with translation.override("en"):  # it is kept with the claim
            by = f", shipped by {day_end(order.ship_by_at, order.timezone)}" if order.ship_by_at else ""
        return f"{amount}{by}"
    if ground.reason == R.SHORTAGE:
        return amount
    row = terms.lines[line.number - 1] if line.number <= len(terms.lines) else None
    said = [row.specification, row.quality or terms.quality] if row else [terms.quality]
    text = "\n".join(part.strip() for part in said if part.strip()) or amount
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 1] + "…"


@dataclass
class LineForms:
    """One line with the reasons that can be claimed, and why the others can't be."""

    line: object
    forms: list[ItemForm]
    blocked: list[dict]


class ClaimForms:
    """The whole claim: a form for each line and reason that can be claimed now."""

    def __init__(
        self,
        data,
        *,
        order: Order,
        terms: Terms,
        grounds,
        receipts: dict,
        reason: str = "",
        breaches: Sequence[Breach] = (),
    ):
        self.order, self.lines = order, []
        broken = {(each.line, each.ask.reason): each for each in breaches}
        by_line: dict[int, list[Ground]] = {}
        for ground in grounds:
            by_line.setdefault(ground.line.id, []).append(ground)
        for line_id, found in by_line.items():
            receipt = receipts.get(line_id)
            shown = [
                ItemForm(
                    data,
                    ground=ground,
                    order=order,
                    terms=terms,
                    receipt=receipt,
                    picked=(ground.line.number, ground.reason) in broken
                    if broken
                    else _suggested(ground, receipt, reason),
                    breach=broken.get((ground.line.number, ground.reason)),
                )
                for ground in found
                if ground.allowed
            ]
            self.lines.append(LineForms(found[0].line, shown, _blocked(found)))
        self.picked = [form for line in self.lines for form in line.forms if form.is_bound]

    def is_valid(self) -> bool:
        return not self.read_all()

    def read_all(self) -> list[ItemForm]:
        """Read every picked form, so that each shows its own errors; gives the ones that have some."""
        return [form for form in self.picked if not form.is_valid()]

    def items(self) -> list[Item]:
        return [form.item() for form in self.picked]

    def refuse(self, refused: Refused) -> str:
        """Put a refusal like "0.inspected" at its form's field; gives the sentence if it is of no one form."""
        place, _dot, field = refused.field.partition(".")
        if place.isdecimal() and int(place) < len(self.picked):
            self.picked[int(place)].refuse(field, str(refused))
            return ""
        return str(refused)

    @property
    def bad(self) -> list[ItemForm]:
        return [form for form in self.picked if form.errors]


def _suggested(ground: Ground, receipt, reason: str) -> bool:
    """Whether to pick a reason at first: what was asked for by the link, or was marked at receipt."""
    if reason:
        return ground.reason == reason
    if ground.reason == R.SHORTAGE:
        return getattr(receipt, "short_quantity", 0) > ground.line.refunded_quantity
    return ground.reason == R.NON_SHIPMENT


def _blocked(found: list[Ground]) -> list[dict]:
    """Reasons that can't be claimed now, those with the same why together."""
    whys: dict[tuple, list[str]] = {}
    for ground in found:
        if not ground.allowed:
            whys.setdefault((ground.why, ground.from_at), []).append(ground.label)
    return [{"labels": ", ".join(labels), "why": why, "from_at": at} for (why, at), labels in whys.items()]


class CostForm(forms.Form):
    """A supplier's documented cost of an order that it cancels."""

    amount = MoneyField(label=_lazy("Your cost"), widget=text_input(inputmode="decimal", **{"class": "input num"}))
    statement = WordsField(
        label=_lazy("What the cost is for"),
        most=TEXT_MAX,
        widget=text_area(5),
        help_text=_lazy("Material bought, work done. Add invoices as evidence right after."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, order: Order, most_minor: int, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["amount"].currency = order.currency
        self.fields["amount"].help_text = _("At most {most}.").format(most=money.display(most_minor, order.currency))
        for name in ("amount", "statement"):
            self.fields[name].required = True
