"""The linter on the pages of an amendment: what the amended terms bring, the score before and after, and the mends."""

from dataclasses import dataclass, replace
from functools import partial

from orders.amending import FIXED, Standing, key_of
from orders.forms.amending import Amend
from orders.linting import Context
from orders.linting.amended import amended, no_longer_protected, points, without_mends
from orders.linting.finding import Finding
from orders.terms import Terms
from orders.views.checking import Kind, context_of, kinds_by_severity, mended_as


@dataclass(frozen=True)
class AmendCheck:
    """What the linter says about the terms that an amendment changes."""

    findings: tuple[Finding, ...]
    before: int
    after: int
    unprotected: list[str]
    draft: Amend | None = None

    @property
    def groups(self) -> list[tuple[str, list[Kind]]]:
        return kinds_by_severity(self.findings, self.draft)

    @property
    def segments(self) -> list[dict]:
        """The score after it as a bar."""
        tone = "safe" if self.after >= self.before else "wait" if self.after >= 50 else "breach"
        return [{"x": 0, "w": self.after, "tone": tone}]


def context_for(standing: Standing, terms: Terms, now) -> Context:
    """What the linter is told; what the order holds of the limit already is free for it."""
    order = standing.order
    context = context_of(terms, order.supplier, now=now, rules=order.rulebook)
    if context.free_limit_minor is None:
        return context
    return replace(context, free_limit_minor=context.free_limit_minor + order.reserved_minor)


def check_of_amendment(standing: Standing, terms: Terms, *, now, draft: Amend | None = None) -> AmendCheck:
    """What these terms bring; with the draft that they come from, with the mends that an amendment allows."""
    context = context_for(standing, terms, now)
    findings = amended(standing.terms, terms, context)
    if draft is not None:
        findings = without_mends(findings, terms, partial(_allows, draft, terms))
    return AmendCheck(
        findings,
        points(standing.terms, context),
        points(terms, context),
        no_longer_protected(standing.terms, terms, context),
        draft,
    )


def _allows(draft: Amend, terms: Terms, new: Terms) -> bool:
    """Whether terms change nothing that stays, and the plan only where somebody typed it."""
    stays = [*FIXED, *(name for name in ("incoterm", "lead_days") if name not in draft.form.fields)]
    if any(getattr(new, name) != getattr(terms, name) for name in stays):
        return False
    if new.plan == terms.plan:
        return True
    paid = {(*key_of(part), part.amount_minor) for part in draft.standing.parts if part.open_minor == 0}
    typed = {(*key_of(part), part.amount_minor) for part in new.plan}
    return paid <= typed and terms.plan == draft.plan_typed


def mend(standing: Standing, data, *, key: str, now) -> tuple[Amend, str]:
    """What was typed with one mend done to it, and what was done in words; no words when there is no such mend."""
    read = partial(Amend.typed_on, standing, now=now)
    return mended_as(read, data, partial(context_for, standing, now=now), key=key, now=now)
