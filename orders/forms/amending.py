"""What people type to change a contract that both have signed: the contract form without what can't be changed.

Its rows, buttons and reading are those of drafting, so whatever can be typed there can be amended here.
"""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import amending
from orders.amending import Standing
from orders.forms.contract import ContractForm, InstalmentForm, LineForm
from orders.forms.draft import Draft, rows_of
from orders.forms.rows import pressed_row
from orders.forms.typed import count_of
from orders.models import Order
from orders.terms import DUE_BEFORE, INSTALMENTS_MAX, LINES_MAX, InstalmentTerms, Problem, Terms
from trade_assurance.fields import WordsField, text_area

BECAUSE_MAX = 500
KEPT = (*amending.FIXED, "category", "attachments", "rulebook", "parties")


class AmendForm(ContractForm):
    """The terms apart from lines and plan that an amendment may change, and why."""

    because = WordsField(
        label=_lazy("Why"),
        most=BECAUSE_MAX,
        help_text=_lazy("One or two sentences. The other side reads them first; they stay with the contract."),
        widget=text_area(2),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        for name in self.fields.keys() & set(KEPT):
            del self.fields[name]
        self.fields["because"].required = True


class AmendLineForm(LineForm):
    """One line: its goods stay, and no line comes or goes."""

    is_blank = False

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        del self.fields["product"]
        self.row = None


class AmendPartForm(InstalmentForm):
    """One instalment; `part` is the one that it stands for, `is_paid` says that nothing of it is open."""

    part, is_paid = None, False


class Amend(Draft):
    """A change being written, upon the order as it stands."""

    contract_form = AmendForm
    line_set, plan_set = rows_of(AmendLineForm, LINES_MAX), rows_of(AmendPartForm, INSTALMENTS_MAX)

    @classmethod
    def begun_on(cls, standing: Standing, *, now: datetime, prefill: dict) -> "Amend":
        """The form as the order stands, with what a message hints at filled in."""
        terms = replace(standing.terms, plan=plan_of(standing))
        if day := prefill.get("ship_by_on"):
            terms = replace(terms, ship_by_on=day, lead_days=None)
        if (quantity := prefill.get("quantity")) and 1 <= prefill.get("line", 0) <= len(terms.lines):
            lines = list(terms.lines)
            lines[prefill["line"] - 1] = replace(lines[prefill["line"] - 1], quantity=quantity)
            terms = replace(terms, lines=tuple(lines))
        return cls.of(terms, now=now)._upon(standing, now)

    @classmethod
    def typed_on(cls, standing: Standing, data, *, now: datetime) -> "Amend":
        """The form with what was typed: every line of the contract, the instalments in the order they fall due."""
        return cls.typed(_whole(standing, data), now=now)._upon(standing, now)

    def _upon(self, standing: Standing, now: datetime) -> "Amend":
        """Take out what can't be changed any more, and say what of it is shipped or paid."""
        self.standing, self.now, self.before, self.plan_before = standing, now, standing.terms, plan_of(standing)
        fields = self.form.fields
        if standing.order.status == Order.Status.PAID:
            del fields["lead_days"]
            fields["ship_by_on"].label = _("Ship by")
        if amending.is_begun(standing):
            del fields["incoterm"]
        for form, row in zip(self.lines.forms, standing.lines, strict=True):
            form.row = row
            if row.shipped_quantity or row.cancelled_quantity or row.refunded_minor:
                del form.fields["unit"]
            if row.shipped_quantity:
                form.fields["quantity"].help_text = _("{shipped_quantity} shipped.").format(
                    shipped_quantity=f"{row.shipped_quantity:,}"
                )
        parts = {amending.key_of(part): part for part in standing.parts}
        for form in self.plan.forms:
            label, before, on = (form[name].value() for name in ("label", "due_before", "due_on"))
            form.part = parts.pop((str(label or "").strip(), before, str(on or "")), None)
            form.is_paid = form.part is not None and form.part.open_minor == 0
        return self

    @property
    def because(self) -> str:
        return self._read(self.form, "because", "").strip()

    @property
    def plan_typed(self) -> tuple[InstalmentTerms, ...]:
        """The plan as it was typed; where nobody touched it, that of the contract may follow the total instead."""
        return super().terms().plan

    def terms(self) -> Terms:
        """The terms as far as they can be read, what stays taken from the contract in force."""
        read, old = super().terms(), self.before
        kept = {name: getattr(old, name) for name in (*KEPT, "incoterm", "lead_days") if name not in self.form.fields}
        lines = tuple(
            replace(line, product=was.product, unit=line.unit if "unit" in form.fields else was.unit)
            for form, line, was in zip(self.lines.forms, read.lines, old.lines, strict=True)
        )
        terms = replace(read, lines=lines, **kept)
        if read.plan != self.plan_before:
            return terms
        label = _("Addition, version {count}").format(count=self.standing.order.versions.count() + 1)
        plan = amending.settled_plan(
            self.standing, terms.total_minor, label=label, now=self.now, ship_by_on=terms.ship_by_on
        )
        return replace(terms, plan=plan)

    def show(self, problems: list[Problem]) -> None:
        """Put each problem at its field; those of a plan that followed by itself stand above it."""
        settled = self.plan_typed == self.plan_before
        super().show(
            [replace(each, path="plan") if settled and each.path[:5] == "plan." else each for each in problems]
        )


def plan_of(standing: Standing) -> tuple[InstalmentTerms, ...]:
    """The instalments as they stand, in the order in which they fall due."""
    ranks = list(DUE_BEFORE)
    parts = sorted(standing.parts, key=lambda row: (ranks.index(row.due_before), row.number))
    return tuple(InstalmentTerms(p.label.strip(), p.amount_minor, p.due_before, p.due_on.isoformat()) for p in parts)


def _whole(standing: Standing, data):
    """What was sent with the currency, zone and number of lines of the contract, and the plan in order."""
    data = data.copy()
    pressed = pressed_row(data)
    if pressed and pressed[2] == "line":
        del data[pressed[0]]
    terms = standing.in_force
    data["currency"], data["timezone"] = terms.currency, terms.timezone
    data["lines-TOTAL_FORMS"], data["lines-INITIAL_FORMS"] = str(len(terms.lines)), "0"
    count, ranks = count_of(data, "plan"), list(DUE_BEFORE)
    data["plan-TOTAL_FORMS"], data["plan-INITIAL_FORMS"] = str(count), "0"
    if pressed:
        return data
    names = tuple(InstalmentForm.base_fields)
    rows = [
        [data.get(_("plan-{n}-{name}").format(n=n, name=name), "") for name in names]
        for n in range(min(count, INSTALMENTS_MAX))
    ]
    at = names.index("due_before")
    rows.sort(key=lambda row: ranks.index(row[at]) if row[at] in ranks and any(row[:at]) else len(ranks))
    for n, row in enumerate(rows):
        for name, value in zip(names, row, strict=True):
            data[_("plan-{n}-{name}").format(n=n, name=name)] = value
    return data
