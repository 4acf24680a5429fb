"""What people type about an order, turned into what actions take; whatever was typed is kept and shown again.

Money is text until the chosen currency says how to read it. A draft may be saved unfinished: the forms refuse only what
cannot be read, `orders.terms.problems` says what is missing when it is sent.
"""

from dataclasses import asdict
from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext as _

from orders.forms.contract import ContractForm, InstalmentForm, LineForm
from orders.forms.rows import pressed_row, with_rows
from orders.terms import (
    INSTALMENTS_MAX,
    LINES_MAX,
    InstalmentTerms,
    LineTerms,
    Problem,
    Terms,
)
from trade_assurance import money
from trade_assurance.rulebook import CURRENT

ROWS_READ = 40  # rows beyond the most allowed that are still shown again, with the message that they are too many


def rows_of(form, most: int):
    """A set of forms of one kind, at most so many."""
    return forms.formset_factory(form, extra=0, max_num=most, absolute_max=most + ROWS_READ, min_num=0)


LineSet = rows_of(LineForm, LINES_MAX)
InstalmentSet = rows_of(InstalmentForm, INSTALMENTS_MAX)


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
# Beside what must be there, what has a choice of its own for nothing: the page calls neither "optional".
LINE_NEEDED = (
    "product",
    "quantity",
    "unit",
    "unit_price",
    "tolerance",
    "packaging_kind",
    "packaging_units_each",
    "packaging_words",
)
PART_NEEDED = ("label", "amount", "due_before", "due_on")


class Draft:
    """A contract being written: the form, its lines and its plan, read and checked as one.

    `Draft.of(terms)` fills it, `Draft.typed(data)` reads it. Templates use `form`, `lines`, `plan`.
    """

    contract_form, line_set, plan_set = ContractForm, LineSet, InstalmentSet

    def __init__(self, form: ContractForm, lines, plan, filled: Terms | None = None):
        self.form, self.lines, self.plan, self.filled = form, lines, plan, filled
        self.data = form.data  # what was typed, with the rows that a button asked for

    @classmethod
    def of(cls, terms: Terms, *, now: datetime, in_shares: bool = False) -> "Draft":
        """The forms filled with terms, each amount as a person would type it.

        `in_shares` shows the plan in its usual shares, so that it follows when quantities are changed.
        """
        currency = terms.currency

        def cash(minor):
            return money.format_amount(minor, currency) if minor else ""

        form = cls.contract_form(
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
                **_filled(terms),
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
                **LineForm.filled_typed(line),
                "quantity_n": line.quantity,
                "price_minor": line.unit_price_minor,
            }
            for line in terms.lines
        ]
        whole = terms.total_minor
        plan = [
            {
                "label": part.label,
                "amount": cash(part.amount_minor) if whole and not in_shares else _default_share(n, len(terms.plan)),
                "due_before": part.due_before,
                "due_on": part.due_on,
            }
            for n, part in enumerate(terms.plan)
        ]
        options = {"form_kwargs": {"currency": currency}}
        return cls(
            form,
            cls.line_set(prefix="lines", initial=lines, **options),
            cls.plan_set(prefix="plan", initial=plan, **options),
            terms,
        )

    @classmethod
    def typed(cls, data, *, now: datetime) -> "Draft":
        """The forms with what was typed, rows added or removed if one of those buttons was pressed."""
        pressed = pressed_row(data)
        data = with_rows(data, pressed)
        currency = data.get("currency", "USD")
        options = {"form_kwargs": {"currency": currency}}
        zone = data.get("timezone", "UTC")[:64]
        draft = cls(
            cls.contract_form(data, now=now, zone=zone, currency=currency),
            cls.line_set(data, prefix="lines", **options),
            cls.plan_set(data, prefix="plan", **options),
        )
        if pressed and pressed[3]:
            draft.open_line(int(pressed[4]))
        return draft

    @staticmethod
    def only_rows(data) -> bool:
        """Whether the button pressed only adds or removes a row: nothing is checked then."""
        return pressed_row(data) is not None

    def open_line(self, number: int) -> None:
        """Show a line's typed parts unfolded."""
        if number < len(self.lines.forms):
            self.lines.forms[number].is_open = True

    def forget_errors(self) -> "Draft":
        """Show what was typed without complaints, for a row that was only added or removed."""
        for form in self.every_form():
            form._errors = type(form.errors)()
        for rows in (self.lines, self.plan):
            rows.non_form_errors().clear()
        return self

    def every_form(self) -> list:
        """The forms that the draft is made of: the contract, its lines with their rows, its plan."""
        lines = [form for line in self.lines.forms for form in (line, *line.rows)]
        return [self.form, *lines, *self.plan.forms]

    @property
    def has_errors(self) -> bool:
        """Whether something typed is to be mended."""
        whole = any(rows.non_form_errors() for rows in (self.lines, self.plan))
        return self.form.is_bound and (whole or any(form.errors for form in self.every_form()))

    def ask(self) -> "Draft":
        """Mark, after reading, what must be there before it is sent, so that pages call the rest optional."""
        for form, names in (
            (self.form, (*NEEDED, *self.form.typed_names)),
            *((line, LINE_NEEDED) for line in self.lines.forms),
            *((row, row.needed) for line in self.lines.forms for row in line.rows),
            *((part, PART_NEEDED) for part in self.plan.forms),
        ):
            form.use_required_attribute = False
            for name in form.fields.keys() & set(names):
                form.fields[name].required = True
        return self

    def is_valid(self) -> bool:
        """Whether everything typed can be read; the rest is for `orders.terms.problems`."""
        if not all([self.form.is_valid(), self.lines.is_valid(), self.plan.is_valid()]):
            return False
        for rows, most, what in (
            (self.lines, LINES_MAX, _("lines. Split it into several orders")),
            (self.plan, INSTALMENTS_MAX, "instalments"),
        ):
            if len(rows.forms) > most:
                rows.non_form_errors().append(_("A contract has at most {most} {what}.").format(most=most, what=what))
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
                attributes=tuple(row.attribute() for row in form.attributes.written),
                certificates=tuple(row.certificate() for row in form.certificates.written),
                packaging=form.packaging(),
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
            category=read(form, "category", ""),
            deliver_by_on=_iso(read(form, "deliver_by_on", None)),
            inspection=form.inspection(),
            documents=form.due_documents(),
        )

    def show(self, problems: list[Problem]) -> None:
        """Put each problem at its field: "lines.0.quantity", "plan.1.due_on", "ship_by_on"."""
        rows = {"lines": (self.lines, self.written_lines), "plan": (self.plan, self.written_plan)}
        for problem in problems:
            part, _unused, rest = problem.path.partition(".")
            if part in rows:
                whole, forms_of = rows[part]
                number, _unused, name = rest.partition(".")
                if number.isdecimal() and int(number) < len(forms_of):
                    _put(forms_of[int(number)], name, problem.sentence)
                else:
                    whole.non_form_errors().append(problem.sentence)
                continue
            name = {"ship_by": "ship_by_on"}.get(problem.path, problem.path.replace(".", "_"))
            self.form.add_error(name if name in self.form.fields else None, problem.sentence)


def _put(form, name: str, sentence: str) -> None:
    """Put a sentence at a field of a line or an instalment, or of one of a line's rows: "attributes.0.low"."""
    part, _unused, rest = name.partition(".")
    number, _unused, inner = rest.partition(".")
    if part in ("attributes", "certificates") and number.isdecimal():
        row = getattr(form, part).written[int(number)]
        row.add_error(row.field_of(inner), sentence)
        return
    field = name.replace(".", "_")
    form.add_error(field if field in form.fields else None, sentence)


def _filled(terms: Terms) -> dict:
    """The initial values of the contract's typed parts."""
    inspection = terms.inspection
    agreed = (
        {_("inspection_{name}").format(name=name): value for name, value in asdict(inspection).items()}
        if inspection
        else {}
    )
    due = {_("document_{kind}").format(kind=each.kind): each.due for each in terms.documents}
    return {"category": terms.category, "deliver_by_on": terms.deliver_by_on, **agreed, **due}


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


def fresh_terms(*, buyer, now: datetime, title: str = "", currency: str = "USD") -> Terms:
    """What a new contract starts with: deposit before production, balance before shipment, the writer's own days."""
    today = now.astimezone(buyer.zone).date()
    return Terms(
        title=title,
        currency=currency,
        lines=(LineTerms(product="", quantity=0, unit="pieces", unit_price_minor=0),),
        plan=(
            InstalmentTerms(_("Deposit"), 0, "production", (today + timedelta(days=7)).isoformat()),
            InstalmentTerms(_("Balance"), 0, "shipment", (today + timedelta(days=28)).isoformat()),
        ),
        incoterm="DAP",
        place="",
        destination_country=buyer.country or "",
        destination_address="",
        timezone=str(buyer.zone),
        ship_by_on=(today + timedelta(days=35)).isoformat(),
    )
