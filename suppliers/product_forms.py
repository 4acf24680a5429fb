"""What a supplier types of a product: what it is, and its price steps, read in the chosen currency."""

import uuid

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from suppliers.actions.products import TEXT_MAX, UNIT_MAX
from suppliers.models import Category, Product
from trade_assurance import money
from trade_assurance.fields import InCurrency, MoneyField, WholeField, WordsField, text_area, text_input, typed
from trade_assurance.rulebook import CURRENT

MISSING = {  # said for all empty fields at once; the action would say one after the other
    "name": _lazy("Name the product."),
    "unit": format_lazy(_lazy("Name the unit in at most {most} characters, like pieces or kg."), most=UNIT_MAX),
    "minimum_quantity": _lazy("Give the smallest quantity that you sell."),
    "lead_days": format_lazy(_lazy("The lead time is 1 to {most} days."), most=CURRENT.lead_days_max),
}


class CategoryField(forms.ModelChoiceField):
    """One category, named in the reader's language."""

    def label_from_instance(self, category):
        return category.words


class ProductForm(forms.Form):
    """A product apart from its prices. What is wrong or too large, the action says."""

    name = WordsField(label=_lazy("Product"), most=TEXT_MAX["name"], help_text=_lazy("As buyers search for it."))
    category = CategoryField(
        label=_lazy("Category"),
        queryset=Category.objects.order_by("name"),
        to_field_name="slug",
        empty_label=_lazy("Choose"),
        required=False,
    )
    description = WordsField(
        label=_lazy("Description"),
        most=TEXT_MAX["description"],
        widget=text_area(7),
        help_text=_lazy(
            "What can be measured: model, material, size, finish, packing. A contract drafted from "
            "this product starts with these words as its specification."
        ),
    )
    unit = WordsField(label=_lazy("Unit"), most=UNIT_MAX)
    minimum_quantity = WholeField(label=_lazy("Minimum order"), example="100")
    lead_days = WholeField(
        label=_lazy("Lead time"),
        example="30",
        help_text=format_lazy(_lazy("1 to {most} days from payment to shipment."), most=CURRENT.lead_days_max),
    )
    hs_code = WordsField(label=_lazy("HS code"), most=20, help_text=_lazy("6 to 10 figures, such as 9405.11."))
    currency = forms.ChoiceField(
        label=_lazy("Currency of the prices"), choices=[(code, code) for code in money.CURRENCIES]
    )
    is_listed = forms.BooleanField(
        label=_lazy("Buyers see it"),
        required=False,
        help_text=_lazy("In the directory, on your page and by its address."),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        for name in ("name", "category", "unit", "minimum_quantity", "lead_days"):
            self.fields[name].required = True  # so that the page calls the others optional
        self.fields["category"].error_messages["required"] = _("Choose the category in which buyers look for it.")

    def clean(self):
        read = super().clean()
        for name, sentence in MISSING.items():
            if read.get(name, 0) in ("", None):
                self.add_error(name, sentence)
        return read


class StepForm(InCurrency):
    """From this quantity on a unit costs so much."""

    quantity_from = WholeField(label=_lazy("From quantity"), widget=text_input(inputmode="numeric"))
    unit_price = MoneyField(label=_lazy("Unit price"), widget=text_input(inputmode="decimal"))

    def clean(self):
        read = super().clean()
        if read.get("quantity_from") is not None and "unit_price" in read and read["unit_price"] is None:
            self.add_error("unit_price", _("Give the price of a unit from this quantity on."))
        return read

    @property
    def is_blank(self) -> bool:
        return not any(typed(self.data.get(self.add_prefix(name))) for name in ("quantity_from", "unit_price"))


ROWS = CURRENT.price_steps_max
StepSet = forms.formset_factory(StepForm, extra=ROWS, max_num=ROWS, absolute_max=ROWS)


class ProductPage:
    """The form and its price steps as one: `ProductPage.of(product)` fills it, `ProductPage.typed(data)` reads it."""

    def __init__(self, form: ProductForm, steps):
        self.form, self.steps = form, steps

    @classmethod
    def of(cls, product: Product | None) -> "ProductPage":
        """The forms as they stand; a new product's with what most have."""
        if product is None:
            return cls(
                ProductForm(initial={"key": uuid.uuid4(), "unit": "pieces", "is_listed": True}), StepSet(prefix="steps")
            )
        names = ("name", "description", "unit", "hs_code", "currency", "is_listed")
        initial = {name: getattr(product, name) for name in names} | {
            "category": product.category.slug,
            "minimum_quantity": f"{product.minimum_quantity:,}",
            "lead_days": str(product.lead_days),
            "key": product.key,
        }
        steps = [
            {
                "quantity_from": f"{step.quantity_from:,}",
                "unit_price": money.format_amount(step.unit_price_minor, product.currency),
            }
            for step in product.ladder
        ]
        return cls(ProductForm(initial=initial), StepSet(prefix="steps", initial=steps))

    @classmethod
    def typed(cls, data) -> "ProductPage":
        """The forms with what was typed."""
        given = data.copy()  # how many rows there are is ours to say
        given["steps-TOTAL_FORMS"], given["steps-INITIAL_FORMS"] = str(ROWS), "0"
        currency = {"currency": data.get("currency", "USD")}
        return cls(ProductForm(data), StepSet(given, prefix="steps", form_kwargs=currency))

    def is_valid(self) -> bool:
        """Whether everything typed can be read; the rest is for the action."""
        return all([self.form.is_valid(), self.steps.is_valid()])

    def ladder(self) -> list[tuple[int, int]]:
        """Quantity from and price of each row that is written; a first row without quantity begins at the minimum."""
        rows = [form.cleaned_data for form in self.steps.forms if not form.is_blank]
        minimum = self.form.cleaned_data["minimum_quantity"]
        return [
            ((minimum if n == 0 else None) if row["quantity_from"] is None else row["quantity_from"], row["unit_price"])
            for n, row in enumerate(rows)
        ]

    def fields(self) -> dict:
        """What the action takes, but for the steps."""
        return {name: value for name, value in self.form.cleaned_data.items() if name != "key"}

    def refuse(self, sentence: str, field: str | None) -> None:
        """Put an action's sentence at its field."""
        if field == "steps":
            self.steps.non_form_errors().append(sentence)
        else:
            self.form.add_error(field if field in self.form.fields else None, sentence)
