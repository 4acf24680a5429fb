"""Offers and sealed limits as people type them."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Dispute
from disputes.offering import NOTE_MAX, REPLACEMENT_MAX
from orders.models import Order
from trade_assurance import money
from trade_assurance.fields import MoneyField, WordsField, date_field, text_area, text_input

BUYER, SUPPLIER = Order.Side.BUYER, Order.Side.SUPPLIER
GOODS = (
    ("keep", _lazy("The goods stay where they are")),
    ("return", _lazy("The goods go back first")),
    ("replacement", _lazy("The supplier ships again")),
)


class OfferForm(forms.Form):
    """One offer: an amount in all or line by line, and what happens with the goods."""

    amount = MoneyField(label=_lazy("Amount"), widget=text_input(inputmode="decimal", **{"class": "input num"}))
    goods = forms.ChoiceField(label=_lazy("The goods"), choices=GOODS, initial="keep", widget=forms.RadioSelect)
    freight_by = forms.ChoiceField(
        label=_lazy("Who pays the freight"),
        choices=[("", _lazy("Choose")), (BUYER, _lazy("The buyer")), (SUPPLIER, _lazy("The supplier"))],
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    replacement = WordsField(label=_lazy("What the supplier ships again"), most=REPLACEMENT_MAX, widget=text_area(2))
    replace_by = date_field(label=_lazy("Shipped by"))
    note = WordsField(label=_lazy("Why"), most=NOTE_MAX, widget=text_area(3))
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, dispute: Dispute, lines, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.dispute, self.lines = dispute, lines
        most = money.display(dispute.cap_minor, dispute.currency)
        self.fields["amount"].help_text = _("From 0 to {most}: what is claimed and covered.").format(most=most)
        self.fields["amount"].required = len(lines) < 2
        if dispute.claimant == SUPPLIER:
            for name in ("goods", "freight_by", "replacement", "replace_by"):
                del self.fields[name]
        for each in lines if len(lines) > 1 else ():
            part = self.fields[f"line_{each.line_id}"] = MoneyField(
                label=each.line.product,
                help_text=_("At most {most}.").format(most=money.display(each.cap_minor, dispute.currency)),
                widget=text_input(inputmode="decimal", **{"class": "input num"}),
            )
            part.currency = dispute.currency
        self.fields["amount"].currency = dispute.currency
        self.fields["note"].help_text = _("The other side reads this, and later our staff.")

    def line_fields(self):
        return [self[f"line_{each.line_id}"] for each in self.lines if f"line_{each.line_id}" in self.fields]

    def clean(self):
        read = super().clean()
        parts = self._parts(read)
        if parts and len(parts) < len(self.lines):
            self.add_error("amount", _("Give an amount for each line, or for none."))
        elif parts and read.get("amount") is None and "amount" not in self.errors:
            read["amount"] = sum(parts.values())
        elif read.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", _("Give an amount, such as 1,200.00."))
        if read.get("goods") == "replacement" and not read.get("replacement", "").strip():
            self.add_error("replacement", _("Say what the supplier ships again."))
        return read

    def _parts(self, read) -> dict[int, int]:
        found = {each.line_id: read.get(f"line_{each.line_id}") for each in self.lines}
        return {line_id: minor for line_id, minor in found.items() if minor is not None}

    def parts(self) -> dict[int, int] | None:
        """Amounts by line id, or None where the amount is for all."""
        return self._parts(self.cleaned_data) or None

    def values(self, end_of) -> dict:
        """What `make_offer` takes beside amount and key; `end_of(day)` is the end of a date."""
        read, goods = self.cleaned_data, self.cleaned_data.get("goods", "keep")
        again = goods == "replacement"
        return {
            "lines": self.parts(),
            "with_return": goods == "return",
            "freight_by": read.get("freight_by", "") if goods != "keep" else "",
            "replacement": read.get("replacement", "") if again else "",
            "replace_by_at": end_of(read["replace_by"]) if again and read.get("replace_by") else None,
            "note": read["note"].replace("\r\n", "\n"),
        }


class LimitField(MoneyField):
    """An amount whose errors do not repeat what was typed."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except forms.ValidationError:
            example = money.format_amount(24_600 * 10 ** money.digits(self.currency), self.currency)
            raise forms.ValidationError(
                _("This can't be read as an amount. Enter it as in {example}.").format(example=example)
            ) from None


class SealForm(forms.Form):
    """A true limit. What was typed is never written into a page again."""

    amount = LimitField(
        label=_lazy("Your limit"),
        widget=text_input(inputmode="decimal", **{"class": "input num"}),
    )

    def __init__(self, *args, dispute: Dispute, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["amount"].currency = dispute.currency
        self.fields["amount"].required = True

    def forget(self) -> None:
        """Take what was typed out of the form, so that only its errors are shown."""
        self.data = {}
