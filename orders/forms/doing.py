"""Forms of single steps: ask for a draft, write, ship."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import shipped
from orders.models import Shipment
from trade_assurance.fields import (
    WholeField,
    WordsField,
    date_field,
    text_area,
    text_input,
)

NO_LABEL = _lazy("A label alone is not shipment.")


class RequestForm(forms.Form):
    """What a buyer asks a supplier to draft."""

    title = forms.CharField(
        label=_lazy("What do you want to order?"),
        max_length=120,
        widget=text_input(),
        help_text=_lazy("A few words, such as: Pendant lamps, 600."),
        error_messages={"required": _lazy("Say in a few words what you want to order.")},
    )
    request = WordsField(
        label=_lazy("What you need"),
        most=5000,
        widget=text_area(8),
        help_text=_lazy("Goods, quantity, quality, where to, and by when."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """A message to the other side."""

    body = forms.CharField(widget=text_area(3), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)


class ShipmentForm(forms.Form):
    """A shipment with what of each line is in it; asks by name for the document and the day that the Incoterm wants."""

    transport = forms.ChoiceField(
        label=_lazy("How the goods travel"),
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": _lazy("Choose how the goods travel.")},
    )
    proof = forms.ChoiceField(
        label=_lazy("What proves it"),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _lazy("Choose what proves the shipment.")),
    )
    dispatched_on = date_field()
    carrier = WordsField(most=80, widget=text_input())
    document = WordsField(label=_lazy("Document number"), most=60, widget=text_input())
    tracking_number = WordsField(label=_lazy("Tracking number"), most=60, widget=text_input())
    container_number = WordsField(
        label=_lazy("Container number"),
        most=20,
        widget=text_input(autocapitalize="characters"),
        help_text=_lazy("By sea, rail or road, if the goods fill a container of their own. Such as CSQU 305438 3."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, lines, incoterm: str, **options):
        super().__init__(*args, **options)
        self.lines = lines
        ways = shipped.FACTS[incoterm].ways
        self.fields["transport"].choices = [each for each in Shipment.Transport.choices if each[0] in ways]
        names = list(dict.fromkeys(name for _unused, name in shipped.documents(incoterm)))
        main = names[0] if len(names) == 1 else "; ".join(f"{way}: {name}" for way, name in shipped.documents(incoterm))
        self.fields["proof"].choices = [(shipped.FACT, main), (shipped.EXPORT, shipped.EXPORT_DOCUMENT)]
        self.fields["carrier"].label = shipped.holder(incoterm)
        day = self.fields["dispatched_on"]
        day.label = shipped.day(incoterm)
        day.help_text = _("Or of the export clearance, if that proves it. {NO_LABEL}").format(NO_LABEL=NO_LABEL)
        day.required = True
        day.error_messages["required"] = _("Give the day: {incoterm}.").format(incoterm=shipped.day(incoterm).lower())
        self.use_required_attribute = False
        for name in ("carrier", "document"):
            self.fields[name].required = True
        for line in lines:
            self.fields[_("line_{id}").format(id=line.id)] = WholeField(
                label=line.product,
                help_text=_("{to_ship} of {quantity} {unit} left to ship.").format(
                    to_ship=f"{line.to_ship:,}", quantity=f"{line.quantity:,}", unit=line.unit
                ),
                initial=f"{line.to_ship:,}",
                widget=text_input(inputmode="numeric", **{"class": "input num text-end max-w-40"}),
            )

            self.fields[_("line_{id}").format(id=line.id)].required = True

    def line_fields(self):
        return [(line, self[_("line_{id}").format(id=line.id)]) for line in self.lines]

    def quantities(self) -> dict[int, int]:
        return {line.id: self.cleaned_data[_("line_{id}").format(id=line.id)] or 0 for line in self.lines}
