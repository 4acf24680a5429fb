"""Forms of single steps: ask for a draft, write, ship."""

from django import forms

from orders import shipped
from orders.models import Shipment
from trade_assurance.fields import (
    WholeField,
    WordsField,
    date_field,
    text_area,
    text_input,
)

NO_LABEL = "A label alone is not shipment."


class RequestForm(forms.Form):
    """What a buyer asks a supplier to draft."""

    title = forms.CharField(
        label="What do you want to order?",
        max_length=120,
        widget=text_input(),
        help_text="A few words, such as: Pendant lamps, 600.",
        error_messages={"required": "Say in a few words what you want to order."},
    )
    request = WordsField(
        label="What you need",
        most=5000,
        widget=text_area(8),
        help_text="Goods, quantity, quality, where to, and by when.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """A message to the other side."""

    body = forms.CharField(widget=text_area(3), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)


class ShipmentForm(forms.Form):
    """A shipment with what of each line is in it; asks by name for the document and the day that the Incoterm wants."""

    transport = forms.ChoiceField(
        label="How the goods travel",
        widget=forms.Select(attrs={"class": "input"}),
        error_messages={"invalid_choice": "Choose how the goods travel."},
    )
    proof = forms.ChoiceField(
        label="What proves it",
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), "Choose what proves the shipment."),
    )
    dispatched_on = date_field()
    carrier = WordsField(most=80, widget=text_input())
    document = WordsField(label="Document number", most=60, widget=text_input())
    tracking_number = WordsField(label="Tracking number", most=60, widget=text_input())
    container_number = WordsField(
        label="Container number",
        most=20,
        widget=text_input(autocapitalize="characters"),
        help_text="By sea, rail or road, if the goods fill a container of their own. Such as CSQU 305438 3.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, lines, incoterm: str, **options):
        super().__init__(*args, **options)
        self.lines = lines
        ways = shipped.FACTS[incoterm].ways
        self.fields["transport"].choices = [each for each in Shipment.Transport.choices if each[0] in ways]
        names = list(dict.fromkeys(name for _, name in shipped.documents(incoterm)))
        main = names[0] if len(names) == 1 else "; ".join(f"{way}: {name}" for way, name in shipped.documents(incoterm))
        self.fields["proof"].choices = [(shipped.FACT, main), (shipped.EXPORT, shipped.EXPORT_DOCUMENT)]
        self.fields["carrier"].label = shipped.holder(incoterm)
        day = self.fields["dispatched_on"]
        day.label = shipped.day(incoterm)
        day.help_text = f"Or of the export clearance, if that proves it. {NO_LABEL}"
        day.required = True
        day.error_messages["required"] = f"Give the day: {shipped.day(incoterm).lower()}."
        self.use_required_attribute = False
        for name in ("carrier", "document"):
            self.fields[name].required = True
        for line in lines:
            self.fields[f"line_{line.id}"] = WholeField(
                label=line.product,
                help_text=f"{line.to_ship:,} of {line.quantity:,} {line.unit} left to ship.",
                initial=f"{line.to_ship:,}",
                widget=text_input(inputmode="numeric", **{"class": "input num text-end max-w-40"}),
            )

            self.fields[f"line_{line.id}"].required = True

    def line_fields(self):
        return [(line, self[f"line_{line.id}"]) for line in self.lines]

    def quantities(self) -> dict[int, int]:
        return {line.id: self.cleaned_data[f"line_{line.id}"] or 0 for line in self.lines}
