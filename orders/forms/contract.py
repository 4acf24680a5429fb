"""The parts of the contract form: the contract, one line, one instalment."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.places import countries, zone_choices
from orders.forms.typed import AttributeForm, CertificateForm, Rows
from orders.terms import DUE_BEFORE, INCOTERMS, TEXT_MAX, DueDocument, Inspection, LineTerms, Packaging
from orders.terms.typed import (
    AQLS,
    ATTRIBUTES_MAX,
    CERTIFICATES_MAX,
    D_TERMS,
    DOCUMENTS,
    DUE_WITH,
    INSPECTED,
    INSPECTORS,
    NAME_MAX,
    PACKAGES,
    PAYERS,
    WORDS_MAX,
)
from orders.terms.typical import TYPICAL
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
    "USD": _lazy("USD, US dollar"),
    "EUR": _lazy("EUR, euro"),
    "GBP": _lazy("GBP, pound sterling"),
    "CNY": _lazy("CNY, Chinese yuan"),
    "JPY": _lazy("JPY, Japanese yen"),
    "KWD": _lazy("KWD, Kuwaiti dinar"),
}


def _choice(label: str, choices, empty: str = "", **options) -> forms.ChoiceField:
    """A select; `empty` names the choice that agrees nothing."""
    first = [("", empty)] if empty else []
    widget = forms.Select(attrs={"class": "input"})
    return forms.ChoiceField(label=label, choices=[*first, *choices], required=False, widget=widget, **options)


class ContractForm(InCurrency):
    """The terms of a contract apart from its lines and payment plan."""

    title = WordsField(
        label=_lazy("What is ordered"),
        most=TEXT_MAX["title"],
        help_text=_lazy("A few words, such as: Pendant lamps, 600."),
        widget=text_input(),
    )
    currency = forms.ChoiceField(
        label=_lazy("Currency"), choices=list(CURRENCY_NAMES.items()), widget=forms.Select(attrs={"class": "input"})
    )
    is_sample = forms.BooleanField(
        label=_lazy("This is a sample order"),
        required=False,
        help_text=_lazy(
            "At most {sample_max_usd} and {sample_max_units} units. Payment and shipping are protected, quality is not."
        ).format(
            sample_max_usd=money.display(CURRENT.sample_max_usd, "USD"), sample_max_units=CURRENT.sample_max_units
        ),
    )
    quality = WordsField(
        label=_lazy("What the goods must be"),
        most=TEXT_MAX["quality"],
        help_text=_lazy(
            "Write what can be measured: material, size, tolerance, finish, packing. A dispute is "
            "decided against these words."
        ),
        widget=text_area(4),
    )
    incoterm = forms.ChoiceField(
        label=_lazy("Incoterm"),
        help_text=_lazy("Who carries cost and risk, and to where."),
        choices=[(code, f"{code}, {name.lower()}") for code, (name, _unused) in INCOTERMS.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )
    place = WordsField(
        label=_lazy("Named place"),
        most=TEXT_MAX["place"],
        help_text=_lazy("Port, terminal or address."),
        widget=text_input(),
    )
    destination_country = forms.ChoiceField(label=_lazy("Country of destination"), required=False)
    destination_address = WordsField(label=_lazy("Delivery address"), most=TEXT_MAX["address"], widget=text_area(2))
    ship_by_on = date_field(
        label=_lazy("Ship by a date"), help_text=_lazy("The day ends at 23:59 in the contract's time zone.")
    )
    lead_days = WholeField(
        label=_lazy("Or days after payment"),
        example="30",
        help_text=_lazy("1 to {lead_days_max} days after what is due before shipment has cleared.").format(
            lead_days_max=CURRENT.lead_days_max
        ),
    )
    freight = MoneyField(label=_lazy("Freight"), help_text=_lazy("0 if it is in the prices."))
    timezone = forms.ChoiceField(
        label=_lazy("Days end in"), help_text=_lazy("Dates of this contract end at 23:59 in this time zone.")
    )
    notes = WordsField(label=_lazy("Other terms"), most=TEXT_MAX["notes"], widget=text_area(3))
    category = _choice(
        _lazy("Category"), [(slug, typical.name) for slug, typical in TYPICAL.items()], _lazy("None of these")
    )
    deliver_by_on = date_field(
        label=_lazy("Deliver by a date"),
        help_text=_lazy("Only for {join}: the supplier promises the day of arrival.").format(join=", ".join(D_TERMS)),
    )
    inspection_who = _choice(_lazy("Who inspects"), INSPECTORS.items(), _lazy("No inspection agreed"))
    inspection_agency = WordsField(label=_lazy("Inspection company"), most=NAME_MAX, widget=text_input())
    inspection_when = _choice(_lazy("When"), INSPECTED.items(), initial="before_shipment")
    inspection_paid_by = _choice(_lazy("Who pays for it"), PAYERS.items(), initial="buyer")
    inspection_aql_major = _choice(_lazy("AQL, major defects"), [(aql, f"{aql} %") for aql in AQLS], initial="2.5")
    inspection_aql_minor = _choice(_lazy("AQL, minor defects"), [(aql, f"{aql} %") for aql in AQLS], initial="4.0")

    def __init__(self, *args, now: datetime, zone: str = "UTC", **options):
        super().__init__(*args, **options)
        self.fields["destination_country"].widget = forms.Select(attrs={"class": "input"})
        self.fields["destination_country"].choices = [("", _("Choose a country")), *countries()]
        self.fields["timezone"].widget = forms.Select(attrs={"class": "input"})
        self.fields["timezone"].choices = zone_choices(now, also=(zone,))
        for kind, name in DOCUMENTS.items():
            self.fields[_("document_{kind}").format(kind=kind)] = _choice(name, DUE_WITH.items(), _("Not due"))

    @property
    def documents(self) -> list:
        """The fields of the documents that may be due, for the page."""
        return [self[_("document_{kind}").format(kind=kind)] for kind in DOCUMENTS]

    @property
    def typed_names(self) -> list[str]:
        """The fields of inspection and documents."""
        return [name for name in self.fields if name.startswith(("inspection_", "document_"))]

    @property
    def inspection_is_wrong(self) -> bool:
        return any(name.startswith("inspection_") for name in self.errors)

    @property
    def documents_are_wrong(self) -> bool:
        return any(name.startswith("document_") for name in self.errors)

    @property
    def inspection_words(self) -> str:
        """What is agreed about inspection, for the summary of its folded part."""
        who = dict(INSPECTORS).get(self["inspection_who"].value() or "", "")
        when = INSPECTED.get(self["inspection_when"].value() or "", "")
        return f"{who}, {when.lower()}".rstrip(", ") if who else _("none agreed")

    @property
    def documents_words(self) -> str:
        """How many documents are due, for the summary of their folded part."""
        count = sum(bool(field.value()) for field in self.documents)
        return _("{count} due").format(count=count) if count else _("none due")

    def due_documents(self) -> tuple[DueDocument, ...]:
        """The documents that are due, in the order of the list."""
        read = getattr(self, "cleaned_data", {})
        due = {kind: read.get(_("document_{kind}").format(kind=kind)) for kind in DOCUMENTS}
        return tuple(DueDocument(kind, when) for kind, when in due.items() if when)

    def inspection(self) -> Inspection | None:
        """The inspection that is agreed, as far as it can be read."""
        read = getattr(self, "cleaned_data", {})
        if not read.get("inspection_who"):
            return None
        return Inspection(
            who=read["inspection_who"],
            when=read.get("inspection_when") or "before_shipment",
            agency=read.get("inspection_agency", "") if read["inspection_who"] == "third_party" else "",
            aql_major=read.get("inspection_aql_major") or "2.5",
            aql_minor=read.get("inspection_aql_minor") or "4.0",
            paid_by=read.get("inspection_paid_by") or "buyer",
        )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("ship_by_on") and cleaned.get("lead_days") is not None:
            self.add_error("lead_days", _("Give either a date or a number of days, not both."))
        return cleaned


class LineForm(InCurrency):
    """One line of goods."""

    product = WordsField(label=_lazy("Goods"), most=TEXT_MAX["product"], widget=text_input())
    quantity = WholeField(
        label=_lazy("Quantity"), widget=text_input(inputmode="numeric", **{"class": "input num text-end"})
    )
    unit = WordsField(label=_lazy("Unit"), most=20, widget=text_input(), initial="pieces")
    unit_price = MoneyField(
        label=_lazy("Unit price"), widget=text_input(inputmode="decimal", **{"class": "input num text-end"})
    )
    specification = WordsField(
        label=_lazy("Specification"),
        most=TEXT_MAX["specification"],
        widget=text_area(2),
        help_text=_lazy("Model, material, size, colour, drawing number."),
    )
    quality = WordsField(label=_lazy("Quality of this line"), most=TEXT_MAX["quality"], widget=text_area(2))
    tolerance = PercentField(
        label=_lazy("Quantity may differ by"),
        help_text=_lazy("0 to {tolerance_max_bp} %.").format(tolerance_max_bp=f"{CURRENT.tolerance_max_bp / 100:g}"),
        initial="0",
    )
    packaging_kind = _choice(_lazy("Packed in"), PACKAGES.items(), _lazy("Not agreed"))
    packaging_units_each = WholeField(label=_lazy("Units in each"), widget=text_input(inputmode="numeric"))
    packaging_words = WordsField(label=_lazy("Packaging in words"), most=WORDS_MAX, widget=text_input())

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.is_open = False  # whether the page shows its typed parts unfolded
        data = self.data if self.is_bound else None
        self.attributes, self.certificates = (
            Rows(form, f"{self.prefix}-{name}", most=most, data=data, initial=self.initial.get(name, ()))
            for form, name, most in (
                (AttributeForm, "attributes", ATTRIBUTES_MAX),
                (CertificateForm, "certificates", CERTIFICATES_MAX),
            )
        )

    @property
    def rows(self) -> list:
        """The forms of the line's attributes and certificates."""
        return [*self.attributes, *self.certificates]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    @property
    def is_blank(self) -> bool:
        names = ("product", "quantity", "unit_price", "specification", "quality", "packaging_kind", "packaging_words")
        texts = any(typed(self.data.get(self.add_prefix(name))) for name in names)
        return not texts and not self.attributes.written and not self.certificates.written

    @property
    def typed_names(self) -> str:
        """What is typed of the line already, for the summary of its folded part."""
        counts = ((len(self.attributes), "attribute"), (len(self.certificates), "certificate"))
        return ", ".join(f"{count} {what}{'' if count == 1 else 's'}" for count, what in counts if count)

    @property
    def typed_is_wrong(self) -> bool:
        """Whether something in the folded part is to be mended."""
        return any(row.errors for row in self.rows) or any(
            self[name].errors for name in self.fields if name.startswith("packaging_")
        )

    def packaging(self) -> Packaging | None:
        """How the line is packed, as far as it can be read."""
        read = getattr(self, "cleaned_data", {})
        if not read.get("packaging_kind"):
            return None
        return Packaging(read["packaging_kind"], read.get("packaging_units_each"), read.get("packaging_words", ""))

    def clean(self):
        cleaned = super().clean()
        if not cleaned.get("packaging_kind"):
            for name in ("packaging_units_each", "packaging_words"):
                if cleaned.get(name):
                    self.add_error("packaging_kind", _("Choose how it is packed."))
                    break
        return cleaned

    @staticmethod
    def filled_typed(line: LineTerms) -> dict:
        """The initial values of the line's typed parts."""
        packed = line.packaging or Packaging("")
        return {
            "attributes": [AttributeForm.filled(each) for each in line.attributes],
            "certificates": [CertificateForm.filled(each) for each in line.certificates],
            "packaging_kind": packed.kind,
            "packaging_units_each": f"{packed.units_each:,}" if packed.units_each else "",
            "packaging_words": packed.words,
        }

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

    label = WordsField(label=_lazy("Instalment"), most=60, widget=text_input())
    amount = AmountOrShareField(label=_lazy("Amount or share"))
    due_before = forms.ChoiceField(
        label=_lazy("Due before"),
        choices=list(DUE_BEFORE.items()),
        required=False,
        initial="shipment",
        widget=forms.Select(attrs={"class": "input"}),
    )
    due_on = date_field(label=_lazy("Due on"))

    @property
    def is_blank(self) -> bool:
        return not any(typed(self.data.get(self.add_prefix(name))) for name in ("label", "amount", "due_on"))
