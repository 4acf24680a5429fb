"""What people type to change a contract that both have signed: only what an amendment may change, from what stands."""

from dataclasses import replace
from datetime import date, datetime

from django import forms

from orders import amending
from orders.amending import Standing
from orders.forms.contract import ContractForm, InstalmentForm, LineForm
from orders.models import Order
from orders.terms import DUE_BEFORE, INSTALMENTS_MAX, InstalmentTerms, Problem, Terms
from trade_assurance import money
from trade_assurance.fields import MoneyField, WordsField, text_area, text_input

BECAUSE_MAX = 500
EMPTY_ROWS = 2


def _only(form, names) -> None:
    for name in set(form.fields) - set(names):
        del form.fields[name]


class AmendForm(ContractForm):
    """The terms apart from lines and plan that an amendment may change, and why."""

    because = WordsField(
        label="Why",
        most=BECAUSE_MAX,
        help_text="One or two sentences. The other side reads them first; they stay with the contract.",
        widget=text_area(2),
    )
    names = ("because", "quality", "place", "destination_address", "ship_by_on", "lead_days", "freight", "notes")

    def __init__(self, *args, runs: bool, **options):
        super().__init__(*args, **options)
        _only(self, set(self.names) - ({"lead_days"} if runs else set()))
        self.use_required_attribute = False
        for name in ("because", "place", "destination_address", "freight", "ship_by_on" if runs else "because"):
            self.fields[name].required = True
        if runs:
            self.fields["ship_by_on"].label = "Ship by"


class AmendLineForm(LineForm):
    """One line: its goods and unit stay."""

    names = ("quantity", "unit_price", "tolerance", "specification", "quality")

    def __init__(self, *args, row, **options):
        super().__init__(*args, **options)
        self.row = row
        _only(self, self.names)
        self.use_required_attribute = False
        for name in ("quantity", "unit_price", "tolerance"):
            self.fields[name].required = True
        if row.shipped_quantity:
            self.fields["quantity"].help_text = f"{row.shipped_quantity:,} shipped."


class AmendPartForm(InstalmentForm):
    """One instalment that is not paid in full; an empty row falls away, an empty amount takes what is left."""

    amount = MoneyField(label="Amount", widget=text_input(inputmode="decimal", **{"class": "input num text-end"}))

    def __init__(self, *args, row=None, **options):
        super().__init__(*args, **options)
        self.row = row
        self.use_required_attribute = False


class Amend:
    """A change being written: the form, a form for each line, one for each open instalment and some for new ones."""

    def __init__(self, standing: Standing, data=None, *, now: datetime, prefill: dict | None = None):
        self.standing, self.now, self.is_bound = standing, now, data is not None
        terms, currency = standing.terms, standing.in_force.currency
        self.terms_before = terms
        runs = standing.order.status == Order.Status.PAID
        first = {
            "quality": terms.quality,
            "place": terms.place,
            "destination_address": terms.destination_address,
            "ship_by_on": terms.ship_by_on,
            "lead_days": terms.lead_days,
            "freight": money.format_amount(terms.freight_minor, currency),
            "notes": terms.notes,
        } | (prefill or {})
        self.form = AmendForm(data, runs=runs, now=now, zone=terms.timezone, currency=currency, initial=first)
        self.lines = [
            AmendLineForm(
                data, row=row, prefix=f"line{row.number}", currency=currency, initial=self._line(line, row, first)
            )
            for row, line in zip(standing.lines, terms.lines, strict=True)
        ]
        self.paid = [row for row in standing.parts if row.open_minor == 0]
        self.unpaid = [row for row in standing.parts if row.open_minor]
        new = max(0, min(EMPTY_ROWS, INSTALMENTS_MAX - len(standing.parts)))
        self.parts = [
            AmendPartForm(
                data, row=row, prefix=f"part{row.number}", currency=currency, initial=self._part(row, currency)
            )
            for row in self.unpaid
        ] + [AmendPartForm(data, prefix=f"new{n}", currency=currency) for n in range(new)]

    @staticmethod
    def _line(line, row, first: dict) -> dict:
        quantity = first["quantity"] if first.get("line") == row.number and first.get("quantity") else line.quantity
        return {
            "quantity": f"{quantity:,}",
            "unit_price": money.format_amount(line.unit_price_minor, first.get("currency", row.order.currency)),
            "tolerance": f"{line.tolerance_bp / 100:g}",
            "specification": line.specification,
            "quality": line.quality,
        }

    @staticmethod
    def _part(row, currency: str) -> dict:
        return {
            "label": row.label,
            "amount": money.format_amount(row.amount_minor, currency),
            "due_before": row.due_before,
            "due_on": row.due_on.isoformat(),
        }

    @property
    def every_form(self) -> list[forms.Form]:
        return [self.form, *self.lines, *self.parts]

    @property
    def has_errors(self) -> bool:
        found = [form.errors for form in self.every_form]  # all of them are read
        return self.is_bound and any(found)

    def is_valid(self) -> bool:
        """Whether everything typed can be read; the rest is for `amending.faults`."""
        return self.is_bound and not self.has_errors

    @property
    def because(self) -> str:
        return self.form.cleaned_data.get("because", "")

    def terms(self) -> Terms:
        """The terms as typed; a plan that nobody touched follows the new total by itself."""
        read, old = self.form.cleaned_data, self.terms_before
        ship_by_on = read.get("ship_by_on")
        terms = replace(
            old,
            quality=read["quality"],
            place=read["place"],
            destination_address=read["destination_address"],
            notes=read["notes"],
            freight_minor=read["freight"] or 0,
            ship_by_on=ship_by_on.isoformat() if ship_by_on else None,
            lead_days=read.get("lead_days"),
            lines=tuple(self._typed_line(form, line) for form, line in zip(self.lines, old.lines, strict=True)),
        )
        return replace(terms, plan=self._plan(terms))

    @staticmethod
    def _typed_line(form, line):
        read = form.cleaned_data
        return replace(
            line,
            quantity=read["quantity"] or 0,
            unit_price_minor=read["unit_price"] or 0,
            tolerance_bp=read["tolerance"],
            specification=read["specification"],
            quality=read["quality"],
        )

    def _plan(self, terms: Terms) -> tuple[InstalmentTerms, ...]:
        total, typed = terms.total_minor, [form for form in self.parts if not form.is_blank]
        if [self._typed_part(form, form.cleaned_data["amount"]) for form in typed] == [
            (row.label, row.amount_minor, row.due_before, row.due_on) for row in self.unpaid
        ]:
            label = f"Addition, version {self.standing.order.versions.count() + 1}"
            return amending.settled_plan(self.standing, total, label=label, now=self.now, ship_by_on=terms.ship_by_on)
        kept = [InstalmentTerms(p.label, p.amount_minor, p.due_before, p.due_on.isoformat()) for p in self.paid]
        amounts = [form.cleaned_data["amount"] for form in typed]
        if amounts.count(None) == 1:
            rest = total - sum(p.amount_minor for p in kept) - sum(amount for amount in amounts if amount is not None)
            amounts = [max(0, rest) if amount is None else amount for amount in amounts]
        written = [self._typed_part(form, amount or 0) for form, amount in zip(typed, amounts, strict=True)]
        parts = [*kept, *(InstalmentTerms(label, minor, before, _iso(on)) for label, minor, before, on in written)]
        return tuple(sorted(parts, key=lambda part: list(DUE_BEFORE).index(part.due_before)))

    @staticmethod
    def _typed_part(form, amount) -> tuple:
        read = form.cleaned_data
        return read["label"], amount, read["due_before"] or "shipment", read["due_on"]

    def show(self, problems: list[Problem], terms: Terms | None = None) -> None:
        """Put each problem at its field: "lines.0.quantity", "ship_by_on"; what has no field stands on top."""
        for problem in problems:
            part, _, rest = problem.path.partition(".")
            number, _, name = rest.partition(".")
            form, field = self.form, {"ship_by": "ship_by_on"}.get(part, part)
            if part == "lines" and number.isdecimal():
                form, field = self.lines[int(number)], name
            elif part == "plan" and number.isdecimal() and terms is not None:
                label = terms.plan[int(number)].label
                form = next((each for each in self.parts if each.cleaned_data.get("label") == label), self.form)
                field = name
            form.add_error(field if field in form.fields else None, problem.sentence)


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
