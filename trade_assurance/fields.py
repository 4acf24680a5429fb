"""Fields that read what people type: words, whole numbers, percentages, money in the chosen currency."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from trade_assurance import money


def typed(text) -> str:
    return unicodedata.normalize("NFKC", str(text or "")).strip()


def text_input(**attrs):
    return forms.TextInput(attrs={"class": "input", "autocomplete": "off"} | attrs)


def text_area(rows: int):
    return forms.Textarea(attrs={"class": "input", "rows": rows})


class WordsField(forms.CharField):
    """A line or a text of people's words, with a sentence for one that is too long."""

    def __init__(self, *, most: int, **options):
        super().__init__(max_length=most, required=False, **options)
        words = _lazy("Keep this to {most} characters, or attach a file.")
        self.error_messages["max_length"] = format_lazy(words, most=f"{most:,}")
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
        options.setdefault("widget", text_input(inputmode="numeric"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        text = typed(value)
        if not text:
            return None
        if len(text) > 20 or not re.fullmatch(r"[0-9]+|[0-9]{1,3}(,[0-9]{3})+", text):
            raise ValidationError(_("Give a whole number, such as {example}.").format(example=self.example))
        return int(text.replace(",", ""))

    def validate(self, value):
        """Empty is for the action to judge."""


class PercentField(forms.CharField):
    """A percentage with at most two decimals, as basis points. Empty is 0."""

    def __init__(self, **options):
        options.setdefault("widget", text_input(inputmode="decimal"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        text = typed(value).removesuffix("%").strip()
        if not text:
            return 0
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", text):
            raise ValidationError(_("Give a percentage, such as 2 or 2.5."))
        return basis_points(text)


def basis_points(text: str) -> int:
    whole, _point, decimals = text.partition(".")
    return int(whole) * 100 + int(decimals.ljust(2, "0"))


class MoneyField(forms.CharField):
    """An amount in the currency that the form sets on it, as minor units. Empty is None."""

    currency = "USD"

    def __init__(self, **options):
        options.setdefault("widget", text_input(inputmode="decimal"))
        super().__init__(required=False, **options)

    def to_python(self, value):
        if not typed(value):
            return None
        try:
            return money.parse(value, self.currency)
        except money.BadAmount as error:
            raise ValidationError(str(error)) from error


class AmountOrShareField(MoneyField):
    """An amount, or a share of the total such as "30%": ("minor", 300000), ("share", 3000). Empty is None, the rest."""

    def to_python(self, value):
        text = typed(value)
        if not text.endswith("%"):
            minor = super().to_python(value)
            return None if minor is None else ("minor", minor)
        share = text.removesuffix("%").strip()
        if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", share) or not 0 < basis_points(share) <= 10_000:
            raise ValidationError(_("Give a share above 0% and up to 100%, such as 30%, or an amount."))
        return "share", basis_points(share)


def date_field(**options):
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input"})
    errors = {"invalid": _lazy("Give a date as year-month-day, such as 2027-01-31.")}
    return forms.DateField(required=False, widget=widget, error_messages=errors, **options)


class InCurrency(forms.Form):
    """A form whose amounts are read in one currency."""

    def __init__(self, *args, currency: str = "USD", **options):
        super().__init__(*args, **options)
        self.currency = currency if currency in money.CURRENCIES else "USD"
        for field in self.fields.values():
            if isinstance(field, MoneyField):
                field.currency = self.currency
