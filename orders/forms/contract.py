"""The parts of the contract form: the contract, one line, one instalment."""

from datetime import datetime

from django import forms

from accounts.places import countries, zone_choices
from orders.terms import (
    DUE_BEFORE,
    INCOTERMS,
    TEXT_MAX,
)
from trade_assurance import money
from trade_assurance.fields import (
    AmountOrShareField,
    InCurrency,
    MoneyField,
    PercentField,
    WholeField,
    WordsField,
    date_field,
    text_area,
    text_input,
    typed,
)
from trade_assurance.rulebook import CURRENT

CURRENCY_NAMES = {
    "USD": "USD, US dollar",
    "EUR": "EUR, euro",
    "GBP": "GBP, pound sterling",
    "CNY": "CNY, Chinese yuan",
    "JPY": "JPY, Japanese yen",
    "KWD": "KWD, Kuwaiti dinar",
}


class ContractForm(InCurrency):
    """The terms of a contract apart from its lines and payment plan."""

    title = WordsField(
        label="What is ordered",
        most=TEXT_MAX["title"],
        help_text="A few words, such as: Pendant lamps, 600.",
        widget=text_input(),
    )
    currency = forms.ChoiceField(
        label="Currency", choices=list(CURRENCY_NAMES.items()), widget=forms.Select(attrs={"class": "input"})
    )
    is_sample = forms.BooleanField(
        label="This is a sample order",
        required=False,
        help_text=f"At most {money.display(CURRENT.sample_max_usd, 'USD')} and {CURRENT.sample_max_units} units. "
        "Payment and shipping are protected, quality is not.",
    )
    quality = WordsField(
        label="What the goods must be",
        most=TEXT_MAX["quality"],
        help_text="Write what can be measured: material, size, tolerance, finish, packing. "
        "A dispute is decided against these words.",
        widget=text_area(4),
    )
    incoterm = forms.ChoiceField(
        label="Incoterm",
        help_text="Who carries cost and risk, and to where.",
        choices=[(code, f"{code}, {name.lower()}") for code, (name, _) in INCOTERMS.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )
    place = WordsField(
        label="Named place", most=TEXT_MAX["place"], help_text="Port, terminal or address.", widget=text_input()
    )
    destination_country = forms.ChoiceField(label="Country of destination", required=False)
    destination_address = WordsField(label="Delivery address", most=TEXT_MAX["address"], widget=text_area(2))
    ship_by_on = date_field(label="Ship by a date", help_text="The day ends at 23:59 in the contract's time zone.")
    lead_days = WholeField(
        label="Or days after payment",
        example="30",
        help_text=f"1 to {CURRENT.lead_days_max} days after what is due before shipment has cleared.",
    )
    freight = MoneyField(label="Freight", help_text="0 if it is in the prices.")
    timezone = forms.ChoiceField(
        label="Days end in", help_text="Dates of this contract end at 23:59 in this time zone."
    )
    notes = WordsField(label="Other terms", most=TEXT_MAX["notes"], widget=text_area(3))

    def __init__(self, *args, now: datetime, zone: str = "UTC", **options):
        super().__init__(*args, **options)
        self.fields["destination_country"].widget = forms.Select(attrs={"class": "input"})
        self.fields["destination_country"].choices = [("", "Choose a country"), *countries()]
        self.fields["timezone"].widget = forms.Select(attrs={"class": "input"})
        self.fields["timezone"].choices = zone_choices(now, also=(zone,))

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("ship_by_on") and cleaned.get("lead_days") is not None:
            self.add_error("lead_days", "Give either a date or a number of days, not both.")
        return cleaned


class LineForm(InCurrency):
    """One line of goods."""

    product = WordsField(label="Goods", most=TEXT_MAX["product"], widget=text_input())
    quantity = WholeField(label="Quantity", widget=text_input(inputmode="numeric", **{"class": "input num text-end"}))
    unit = WordsField(label="Unit", most=20, widget=text_input(), initial="pieces")
    unit_price = MoneyField(
        label="Unit price", widget=text_input(inputmode="decimal", **{"class": "input num text-end"})
    )
    specification = WordsField(
        label="Specification",
        most=TEXT_MAX["specification"],
        widget=text_area(2),
        help_text="Model, material, size, colour, drawing number.",
    )
    quality = WordsField(label="Quality of this line", most=TEXT_MAX["quality"], widget=text_area(2))
    tolerance = PercentField(
        label="Quantity may differ by", help_text=f"0 to {CURRENT.tolerance_max_bp / 100:g} %.", initial="0"
    )

    @property
    def is_blank(self) -> bool:
        names = ("product", "quantity", "unit_price", "specification", "quality")
        return not any(typed(self.data.get(self.add_prefix(name))) for name in names)

    @property
    def value_minor(self) -> int | None:
        """Quantity times price of what can be read."""
        read = getattr(self, "cleaned_data", None)
        if read is None:
            quantity, price = self.initial.get("quantity_n"), self.initial.get("price_minor")
        else:
            quantity, price = read.get("quantity"), read.get("unit_price")
        return None if quantity is None or price is None else quantity * price


class InstalmentForm(InCurrency):
    """One instalment of the payment plan."""

    label = WordsField(label="Instalment", most=60, widget=text_input())
    amount = AmountOrShareField(label="Amount or share")
    due_before = forms.ChoiceField(
        label="Due before",
        choices=list(DUE_BEFORE.items()),
        required=False,
        initial="shipment",
        widget=forms.Select(attrs={"class": "input"}),
    )
    due_on = date_field(label="Due on")

    @property
    def is_blank(self) -> bool:
        return not any(typed(self.data.get(self.add_prefix(name))) for name in ("label", "amount", "due_on"))
