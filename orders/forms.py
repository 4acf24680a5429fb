"""What people type about an order, turned into what actions take; whatever was typed is kept and shown again.

Money is text until the chosen currency says how to read it. A draft may be saved unfinished: the forms refuse only what
cannot be read, `orders.terms.problems` says what is missing when it is sent.
"""

import re
import unicodedata
from datetime import datetime, timedelta

from django import forms
from django.core.exceptions import ValidationError

from accounts.places import countries, zone_choices
from orders.models import Shipment
from orders.terms import (
    DUE_BEFORE,
    INCOTERMS,
    INSTALMENTS_MAX,
    LINES_MAX,
    TEXT_MAX,
    InstalmentTerms,
    LineTerms,
    Problem,
    Terms,
)
from trade_assurance import money
from trade_assurance.rulebook import CURRENT

CURRENCY_NAMES = {
    "USD": "USD, US dollar",
    "EUR": "EUR, euro",
    "GBP": "GBP, pound sterling",
    "CNY": "CNY, Chinese yuan",
    "JPY": "JPY, Japanese yen",
    "KWD": "KWD, Kuwaiti dinar",
}
ROWS_READ = 40  # rows beyond the most allowed that are still shown again, with the message that they are too many


def _typed(text) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).strip()


def _input(**attrs):
    return forms.TextInput(attrs={"class": "input", "autocomplete": "off"} | attrs)


def _area(rows: int):
    return forms.Textarea(attrs={"class": "input", "rows": rows})


class WordsField(forms.CharField):
    """A line or a text of people's words, with a sentence for one that is too long."""

    def __init__(self, *, most: int, **options):
        super().__init__(max_length=most, required=False, **options)
        self.error_messages["max_length"] = f"Keep this to {most:,} characters, or attach a file."
        # Typing past the most is allowed, so that the message can say so; nothing is cut off silently.
        self.widget.attrs.pop("maxlength", None)
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = self.error_messages["max_length"]

    def widget_attrs(self, widget):
        return {}

    def validate(self, value):
        """Empty is for the action to judge; `required` only decides whether the page says "optional"."""


class WholeField(forms.CharField):
    """A whole number, thousands may be grouped: "1,200". Empty is None."""

    def __init__(self, *, example: str = "1,200", **options):
        self.example = example
        options.setdefault("widget", _input(inputmode="numeric"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        text = _typed(value)
        if not text:
            return None
        if len(text) > 20 or not re.fullmatch(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text):
            raise ValidationError(f"Give a whole number, such as {self.example}.")
        return int(text.replace(",", ""))

    def validate(self, value):
        """Empty is for the action to judge."""


class PercentField(forms.CharField):
    """A percentage with at most two decimals, as basis points. Empty is 0."""

    def __init__(self, **options):
        options.setdefault("widget", _input(inputmode="decimal"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        text = _typed(value).removesuffix("%").strip()
        if not text:
            return 0
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
            raise ValidationError("Give a percentage, such as 2 or 2.5.")
        return _basis_points(text)


def _basis_points(text: str) -> int:
    whole, _, decimals = text.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


class MoneyField(forms.CharField):
    """An amount in the currency that the form sets on it, as minor units. Empty is None."""

    currency = "USD"

    def __init__(self, **options):
        options.setdefault("widget", _input(inputmode="decimal"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        if not _typed(value):
            return None
        try:
            return money.parse(value, self.currency)
        except money.BadAmount as error:
            raise ValidationError(str(error)) from error


class AmountOrShareField(MoneyField):
    """An amount, or a share of the total such as "30%": ("minor", 300000), ("share", 3000). Empty is None, the rest."""

    def to_python(self, value):
        text = _typed(value)
        if not text.endswith("%"):
            minor = super().to_python(value)
            return None if minor is None else ("minor", minor)
        share = text.removesuffix("%").strip()
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", share) or not 0 < _basis_points(share) <= 10_000:
            raise ValidationError("Give a share above 0% and up to 100%, such as 30%, or an amount.")
        return "share", _basis_points(share)


def _date_field(**options):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input"})
    errors = {"invalid": "Give a date as year-month-day, such as 2027-01-31."}
    return forms.DateField(required=False, widget=widget, error_messages=errors, **options)


class InCurrency(forms.Form):
    """A form whose amounts are read in one currency."""

    def __init__(self, *args, currency: str = "USD", **options):
        super().__init__(*args, **options)
        self.currency = currency if currency in money.CURRENCIES else "USD"
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = self.currency


class ContractForm(InCurrency):
    """The terms of a contract apart from its lines and payment plan."""

    title = WordsField(
        label="What is ordered",
        most=TEXT_MAX["title"],
        help_text="A few words, such as: Pendant lamps, 600.",
        widget=_input(),
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
        widget=_area(4),
    )
    incoterm = forms.ChoiceField(
        label="Incoterm",
        help_text="Who carries cost and risk, and to where.",
        choices=[(code, f"{code}, {name.lower()}") for code, (name, _) in INCOTERMS.items()],
        widget=forms.Select(attrs={"class": "input"}),
    )
    place = WordsField(
        label="Named place", most=TEXT_MAX["place"], help_text="Port, terminal or address.", widget=_input()
    )
    destination_country = forms.ChoiceField(label="Country of destination", required=False)
    destination_address = WordsField(label="Delivery address", most=TEXT_MAX["address"], widget=_area(2))
    ship_by_on = _date_field(label="Ship by a date", help_text="The day ends at 23:59 in the contract's time zone.")
    lead_days = WholeField(
        label="Or days after payment",
        example="30",
        help_text=f"1 to {CURRENT.lead_days_max} days after what is due before shipment has cleared.",
    )
    freight = MoneyField(label="Freight", help_text="0 if it is in the prices.")
    timezone = forms.ChoiceField(
        label="Days end in", help_text="Dates of this contract end at 23:59 in this time zone."
    )
    notes = WordsField(label="Other terms", most=TEXT_MAX["notes"], widget=_area(3))

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

    product = WordsField(label="Goods", most=TEXT_MAX["product"], widget=_input())
    quantity = WholeField(label="Quantity", widget=_input(inputmode="numeric", **{"class": "input num text-end"}))
    unit = WordsField(label="Unit", most=20, widget=_input(), initial="pieces")
    unit_price = MoneyField(label="Unit price", widget=_input(inputmode="decimal", **{"class": "input num text-end"}))
    specification = WordsField(
        label="Specification",
        most=TEXT_MAX["specification"],
        widget=_area(2),
        help_text="Model, material, size, colour, drawing number.",
    )
    quality = WordsField(label="Quality of this line", most=TEXT_MAX["quality"], widget=_area(2))
    tolerance = PercentField(
        label="Quantity may differ by", help_text=f"0 to {CURRENT.tolerance_max_bp / 100:g} %.", initial="0"
    )

    @property
    def is_blank(self) -> bool:
        names = ("product", "quantity", "unit_price", "specification", "quality")
        return not any(_typed(self.data.get(self.add_prefix(name))) for name in names)

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

    label = WordsField(label="Instalment", most=60, widget=_input())
    amount = AmountOrShareField(label="Amount or share")
    due_before = forms.ChoiceField(
        label="Due before",
        choices=list(DUE_BEFORE.items()),
        required=False,
        initial="shipment",
        widget=forms.Select(attrs={"class": "input"}),
    )
    due_on = _date_field(label="Due on")

    @property
    def is_blank(self) -> bool:
        return not any(_typed(self.data.get(self.add_prefix(name))) for name in ("label", "amount", "due_on"))


def _rows(form, most: int):
    return forms.formset_factory(form, extra=0, max_num=most, absolute_max=most + ROWS_READ, min_num=0)


LineSet = _rows(LineForm, LINES_MAX)
InstalmentSet = _rows(InstalmentForm, INSTALMENTS_MAX)


NEEDED = (
    "title",
    "currency",
    "incoterm",
    "place",
    "destination_country",
    "destination_address",
    "timezone",
    "ship_by_on",
    "lead_days",
    "freight",
)
LINE_NEEDED = ("product", "quantity", "unit", "unit_price", "tolerance")
PART_NEEDED = ("label", "amount", "due_before", "due_on")


class Draft:
    """A contract being written: the form, its lines and its plan, read and checked as one.

    `Draft.of(terms)` fills it, `Draft.typed(data)` reads it. Templates use `form`, `lines`, `plan`.
    """

    def __init__(self, form: ContractForm, lines, plan, filled: Terms | None = None):
        self.form, self.lines, self.plan, self.filled = form, lines, plan, filled

    @classmethod
    def of(cls, terms: Terms, *, now: datetime) -> "Draft":
        """The forms filled with terms, each amount as a person would type it."""
        currency = terms.currency

        def cash(minor):
            return money.format_amount(minor, currency) if minor else ""

        form = ContractForm(
            now=now,
            zone=terms.timezone,
            currency=currency,
            initial={
                "title": terms.title,
                "currency": currency,
                "is_sample": terms.is_sample,
                "quality": terms.quality,
                "incoterm": terms.incoterm,
                "place": terms.place,
                "destination_country": terms.destination_country,
                "destination_address": terms.destination_address,
                "ship_by_on": terms.ship_by_on,
                "lead_days": terms.lead_days,
                "freight": money.format_amount(terms.freight_minor, currency),
                "timezone": terms.timezone,
                "notes": terms.notes,
            },
        )
        lines = [
            {
                "product": line.product,
                "quantity": f"{line.quantity:,}" if line.quantity else "",
                "unit": line.unit,
                "unit_price": cash(line.unit_price_minor),
                "specification": line.specification,
                "quality": line.quality,
                "tolerance": f"{line.tolerance_bp / 100:g}",
                "quantity_n": line.quantity,
                "price_minor": line.unit_price_minor,
            }
            for line in terms.lines
        ]
        whole = terms.total_minor
        plan = [
            {
                "label": part.label,
                "amount": cash(part.amount_minor) if whole else _default_share(n, len(terms.plan)),
                "due_before": part.due_before,
                "due_on": part.due_on,
            }
            for n, part in enumerate(terms.plan)
        ]
        options = {"form_kwargs": {"currency": currency}}
        return cls(
            form,
            LineSet(prefix="lines", initial=lines, **options),
            InstalmentSet(prefix="plan", initial=plan, **options),
            terms,
        )

    @classmethod
    def typed(cls, data, *, now: datetime) -> "Draft":
        """The forms with what was typed, rows added or removed if one of those buttons was pressed."""
        data = _with_rows(data)
        currency = data.get("currency", "USD")
        options = {"form_kwargs": {"currency": currency}}
        zone = data.get("timezone", "UTC")[:64]
        return cls(
            ContractForm(data, now=now, zone=zone, currency=currency),
            LineSet(data, prefix="lines", **options),
            InstalmentSet(data, prefix="plan", **options),
        )

    @staticmethod
    def only_rows(data) -> bool:
        """Whether the button pressed only adds or removes a row: nothing is checked then."""
        return any(_ROW_BUTTON.fullmatch(name) for name in data)

    def forget_errors(self) -> "Draft":
        """Show what was typed without complaints, for a row that was only added or removed."""
        for form in (self.form, *self.lines.forms, *self.plan.forms):
            form._errors = type(form.errors)()
        for rows in (self.lines, self.plan):
            rows.non_form_errors().clear()
        return self

    def ask(self) -> "Draft":
        """Mark, after reading, what must be there before it is sent, so that pages call the rest optional."""
        for form, names in (
            (self.form, NEEDED),
            *((line, LINE_NEEDED) for line in self.lines.forms),
            *((part, PART_NEEDED) for part in self.plan.forms),
        ):
            form.use_required_attribute = False
            for name in names:
                form.fields[name].required = True
        return self

    def is_valid(self) -> bool:
        """Whether everything typed can be read; the rest is for `orders.terms.problems`."""
        if not all([self.form.is_valid(), self.lines.is_valid(), self.plan.is_valid()]):
            return False
        for rows, most, what in (
            (self.lines, LINES_MAX, "lines. Split it into several orders"),
            (self.plan, INSTALMENTS_MAX, "instalments"),
        ):
            if len(rows.forms) > most:
                rows.non_form_errors().append(f"A contract has at most {most} {what}.")
                return False
        return True

    @property
    def written_lines(self) -> list[LineForm]:
        return [form for form in self.lines.forms if not form.is_blank]

    @property
    def written_plan(self) -> list[InstalmentForm]:
        return [form for form in self.plan.forms if not form.is_blank]

    @property
    def currency(self) -> str:
        return self.form.currency

    def _read(self, form, name, default):
        value = getattr(form, "cleaned_data", {}).get(name)
        return default if value is None else value

    def terms(self) -> Terms:
        """The terms as far as they can be read; what is missing is zero or empty."""
        read = self._read
        self.form.is_valid(), self.lines.is_valid(), self.plan.is_valid()
        lines = tuple(
            LineTerms(
                product=read(form, "product", ""),
                quantity=read(form, "quantity", 0),
                unit=read(form, "unit", ""),
                unit_price_minor=read(form, "unit_price", 0),
                specification=read(form, "specification", ""),
                quality=read(form, "quality", ""),
                tolerance_bp=read(form, "tolerance", 0),
            )
            for form in self.written_lines
        )
        freight = read(self.form, "freight", 0)
        total = sum(line.value_minor for line in lines) + freight
        amounts = _amounts([read(form, "amount", None) for form in self.written_plan], total)
        plan = tuple(
            InstalmentTerms(
                label=read(form, "label", ""),
                amount_minor=amount,
                due_before=read(form, "due_before", "shipment") or "shipment",
                due_on=_iso(read(form, "due_on", None)) or "",
            )
            for form, amount in zip(self.written_plan, amounts, strict=True)
        )
        form = self.form
        return Terms(
            title=read(form, "title", ""),
            currency=self.currency,
            lines=lines,
            plan=plan,
            incoterm=read(form, "incoterm", ""),
            place=read(form, "place", ""),
            destination_country=read(form, "destination_country", ""),
            destination_address=read(form, "destination_address", ""),
            timezone=read(form, "timezone", "UTC"),
            ship_by_on=_iso(read(form, "ship_by_on", None)),
            lead_days=read(form, "lead_days", None),
            freight_minor=freight,
            is_sample=read(form, "is_sample", False),
            quality=read(form, "quality", ""),
            notes=read(form, "notes", ""),
        )

    def show(self, problems: list[Problem]) -> None:
        """Put each problem at its field: "lines.0.quantity", "plan.1.due_on", "ship_by_on"."""
        rows = {"lines": (self.lines, self.written_lines), "plan": (self.plan, self.written_plan)}
        for problem in problems:
            part, _, rest = problem.path.partition(".")
            if part in rows:
                whole, forms_of = rows[part]
                number, _, name = rest.partition(".")
                if number.isdecimal() and int(number) < len(forms_of) and name in forms_of[int(number)].fields:
                    forms_of[int(number)].add_error(name, problem.sentence)
                else:
                    whole.non_form_errors().append(problem.sentence)
                continue
            name = {"ship_by": "ship_by_on"}.get(part, part)
            self.form.add_error(name if name in self.form.fields else None, problem.sentence)


def _iso(day) -> str | None:
    return day.isoformat() if day else None


def _default_share(number: int, parts: int) -> str:
    """The plan that a new contract starts with: the rulebook's deposit, then the rest."""
    deposit = CURRENT.deposit_default_bp
    share = 10_000 if parts == 1 else deposit if number == 0 else 10_000 - deposit
    return f"{share / 100:g}%" if parts <= 2 else ""


def _amounts(typed: list, total: int) -> list[int]:
    """Minor units of each instalment: amounts as typed, shares of the total, one empty for the rest."""
    shares = [value[1] for value in typed if value and value[0] == "share"]
    if len(shares) == len(typed) and sum(shares) == 10_000:
        return money.allocate(total, shares)
    amounts = [
        None if value is None else value[1] if value[0] == "minor" else money.percent(total, value[1])
        for value in typed
    ]
    if amounts.count(None) == 1:
        rest = total - sum(amount for amount in amounts if amount is not None)
        return [max(0, rest) if amount is None else amount for amount in amounts]
    return [amount or 0 for amount in amounts]


_ROW_BUTTON = re.compile(r"(add|remove)_(line|instalment)(?:_([0-9]{1,4}))?")
_SETS = {"line": ("lines", LineForm), "instalment": ("plan", InstalmentForm)}


def _with_rows(data):
    """The posted data with the row added or taken out that a button asked for; everything else stays."""
    pressed = next((match for name in data if (match := _ROW_BUTTON.fullmatch(name))), None)
    if pressed is None:
        return data
    prefix, form = _SETS[pressed[2]]
    data = data.copy()
    text = data.get(f"{prefix}-TOTAL_FORMS", "0")
    count = int(text) if text.isdecimal() and len(text) < 5 else 0
    if pressed[1] == "add":
        for name, field in form.base_fields.items():
            data[f"{prefix}-{count}-{name}"] = field.initial or ""
        count += 1
    elif pressed[3] and int(pressed[3]) < count:
        for row in range(int(pressed[3]), count):
            for name in form.base_fields:
                data[f"{prefix}-{row}-{name}"] = data.get(f"{prefix}-{row + 1}-{name}", "")
        count -= 1
    data[f"{prefix}-TOTAL_FORMS"] = str(count)
    return data


def fresh_terms(*, buyer, now: datetime, title: str = "", currency: str = "USD") -> Terms:
    """What a new contract starts with: deposit before production, balance before shipment, the writer's own days."""
    today = now.astimezone(buyer.zone).date()
    return Terms(
        title=title,
        currency=currency,
        lines=(LineTerms(product="", quantity=0, unit="pieces", unit_price_minor=0),),
        plan=(
            InstalmentTerms("Deposit", 0, "production", (today + timedelta(days=7)).isoformat()),
            InstalmentTerms("Balance", 0, "shipment", (today + timedelta(days=28)).isoformat()),
        ),
        incoterm="DAP",
        place="",
        destination_country=buyer.country or "",
        destination_address="",
        timezone=str(buyer.zone),
        ship_by_on=(today + timedelta(days=35)).isoformat(),
    )


class RequestForm(forms.Form):
    """What a buyer asks a supplier to draft."""

    title = forms.CharField(
        label="What do you want to order?",
        max_length=120,
        widget=_input(),
        help_text="A few words, such as: Pendant lamps, 600.",
        error_messages={"required": "Say in a few words what you want to order."},
    )
    request = WordsField(
        label="What you need",
        most=5000,
        widget=_area(8),
        help_text="Goods, quantity, quality, where to, and by when.",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)


class MessageForm(forms.Form):
    """A message to the other side."""

    body = forms.CharField(widget=_area(3), required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)


class ShipmentForm(forms.Form):
    """A shipment with what of each line is in it."""

    transport = forms.ChoiceField(
        label="How the goods travel", choices=Shipment.Transport.choices, widget=forms.Select(attrs={"class": "input"})
    )
    dispatched_on = _date_field(label="Date")
    carrier = WordsField(label="Carrier", most=80, widget=_input())
    document = WordsField(
        label="Document number", most=60, widget=_input(), help_text="Bill of lading, waybill or receipt."
    )
    tracking_number = WordsField(label="Tracking number", most=60, widget=_input())
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, lines, fact: str, **options):
        super().__init__(*args, **options)
        self.lines = lines
        self.fields["dispatched_on"].help_text = f"{fact}. A label alone is not shipment."
        self.fields["dispatched_on"].required = True
        self.fields["dispatched_on"].error_messages["required"] = "Give the date of the document."
        self.use_required_attribute = False
        for name in ("carrier", "document"):
            self.fields[name].required = True
        for line in lines:
            self.fields[f"line_{line.id}"] = WholeField(
                label=line.product,
                help_text=f"{line.to_ship:,} of {line.quantity:,} {line.unit} left to ship.",
                initial=f"{line.to_ship:,}",
                widget=_input(inputmode="numeric", **{"class": "input num text-end max-w-40"}),
            )

            self.fields[f"line_{line.id}"].required = True

    def line_fields(self):
        return [(line, self[f"line_{line.id}"]) for line in self.lines]

    def quantities(self) -> dict[int, int]:
        return {line.id: self.cleaned_data[f"line_{line.id}"] or 0 for line in self.lines}


class ReceiptForm(forms.Form):
    """How each line arrived: what is short, what is rejected, and why."""

    def __init__(self, *args, lines, **options):
        super().__init__(*args, **options)
        self.lines = lines
        self.use_required_attribute = False
        number = {"class": "input num text-end"}
        for line in lines:
            self.fields[f"line_{line.id}"] = WholeField(
                label=f"{line.product}: short", initial="0", widget=_input(inputmode="numeric", **number)
            )
            self.fields[f"rejected_{line.id}"] = WholeField(
                label=f"{line.product}: rejected", initial="0", widget=_input(inputmode="numeric", **number)
            )
            for name in ("line", "rejected"):
                self.fields[f"{name}_{line.id}"].required = True
            self.fields[f"note_{line.id}"] = WordsField(
                label=f"{line.product}: note",
                most=1000,
                widget=_input(),
            )

    def line_fields(self):
        return [
            (line, self[f"line_{line.id}"], self[f"rejected_{line.id}"], self[f"note_{line.id}"]) for line in self.lines
        ]

    def counts(self) -> list[tuple[int, int, int, str]]:
        """Line id, short, rejected, note, for every line."""
        read = self.cleaned_data
        return [
            (line.id, read[f"line_{line.id}"] or 0, read[f"rejected_{line.id}"] or 0, read[f"note_{line.id}"])
            for line in self.lines
        ]
