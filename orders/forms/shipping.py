"""How the goods of many orders travel: once for all of them, and a row for each."""

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from orders import shipped
from orders.models import Order, Shipment
from trade_assurance.fields import WordsField, date_field, text_input
from trade_assurance.refused import Refused

MISSING = {
    "transport": _lazy("Choose how the goods travel."),
    "carrier": _lazy("Name the carrier that has the goods."),
    "document": _lazy("Give the number of the bill of lading, waybill or receipt."),
    "dispatched_on": _lazy("Give the date of the document."),
}


class HowForm(forms.Form):
    """Transport, carrier, document, tracking number and date; what is left empty, another form says."""

    transport = forms.ChoiceField(
        label=_lazy("Transport"),
        choices=[("", _lazy("Choose")), *Shipment.Transport.choices],
        required=False,
        error_messages={"invalid_choice": MISSING["transport"]},
    )
    carrier = WordsField(label=_lazy("Carrier"), most=80, widget=text_input())
    document = WordsField(label=_lazy("Document number"), most=60, widget=text_input())
    tracking_number = WordsField(label=_lazy("Tracking number"), most=60, widget=text_input())
    dispatched_on = date_field(label=_lazy("Date"))

    use_required_attribute = False
    names = ("transport", "carrier", "document", "tracking_number", "dispatched_on")

    @property
    def how(self):
        """The fields that say how the goods travel, as they stand on the page."""
        return [self[name] for name in self.names]


class OrderHowForm(HowForm):
    """The row of one order: whether all that is left of it has shipped, how, and in which container of its own."""

    container_number = WordsField(label=_lazy("Container"), most=20, widget=text_input(autocapitalize="characters"))
    chosen = forms.BooleanField(required=False)

    names = (*HowForm.names, "container_number")

    @classmethod
    def of(cls, order: Order, typed: dict | None = None, *, chosen: bool = False) -> "OrderHowForm":
        """The row with what was `typed`, by name; a row that is not chosen is kept, but not judged."""
        prefix, typed = order.reference, typed or {}
        if not chosen:
            return cls(prefix=prefix, initial=typed)
        return cls({f"{prefix}-{name}": value for name, value in {**typed, "chosen": "on"}.items()}, prefix=prefix)

    def clean_container_number(self):
        """The check digit is tested before anything is entered, also of what a file says."""
        try:
            return shipped.container_number(self.cleaned_data["container_number"])
        except Refused as error:
            raise forms.ValidationError(str(error)) from error

    def together(self, shared: HowForm) -> dict | None:
        """How this order travels, `shared` filling what the row leaves empty; None, with errors, if that is not all."""
        if not self.is_valid():
            return None
        how = {name: self.cleaned_data[name] or shared.cleaned_data.get(name, "") for name in self.names}
        for name, sentence in MISSING.items():
            if not how[name]:
                self.add_error(name, sentence)
        return None if self.errors else how

    @property
    def sentence(self) -> str:
        """Everything that is wrong, in one line."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)
