"""The linter on the pages: what it finds in a draft, grouped, and the click that mends one thing of what was typed."""

from dataclasses import dataclass
from functools import partial

from django.db.models import Max
from django.utils.translation import gettext as _

from orders.forms import Draft
from orders.forms.overlaying import overlaid
from orders.forms.placing import Place, place_of
from orders.linting import SEVERITIES, Context, Finding, lint, mended
from orders.linting.scoring import Score, score, unprotected
from orders.models import Order, ReferenceRate
from orders.terms import Terms, problems
from suppliers.models import Product, Supplier
from trade_assurance import money
from trade_assurance.rulebook import CURRENT, Rulebook, from_usd

SHOWN = 3  # findings of one kind that are listed; of the rest only the fields
LINKED = 30  # further fields that are linked; the rest is a number


@dataclass(frozen=True)
class Kind:
    """Findings of one code, which share why they matter: shown once, with every place it is found."""

    findings: tuple[Finding, ...]
    draft: Draft | None = None  # the form on the page, whose fields they lead to

    @property
    def first(self) -> Finding:
        return self.findings[0]

    @property
    def first_place(self) -> Place | None:
        return self._place(self.first)

    @property
    def shown(self) -> list[tuple[Finding, Place | None]]:
        """The findings that are listed, each with its field on the page."""
        return [(finding, self._place(finding)) for finding in self.findings[:SHOWN]]

    @property
    def linked(self) -> list[Place]:
        """The fields of those that are not listed."""
        places = [self._place(finding) for finding in self.findings[SHOWN : SHOWN + LINKED]]
        return [place for place in places if place is not None]

    @property
    def more(self) -> int:
        """How many are neither listed nor linked."""
        return max(0, len(self.findings) - SHOWN - len(self.linked))

    def _place(self, finding: Finding) -> Place | None:
        return place_of(self.draft, finding.path) if self.draft is not None else None

    @property
    def mends(self) -> int:
        """How many of them one click each would mend."""
        return sum(finding.mend is not None for finding in self.findings)

    @property
    def all_label(self) -> str:
        label = next((finding.mend.label for finding in self.findings if finding.mend), "")
        return _("Do it for all {mends}: {label}").format(mends=self.mends, label=label)

    @property
    def all_key(self) -> str:
        return f"{self.first.code}:*"


@dataclass(frozen=True)
class Check:
    """What the linter says about a draft, as the pages show it."""

    findings: tuple[Finding, ...]
    score: Score
    unprotected: list[str]
    draft: Draft | None = None

    @property
    def groups(self) -> list[tuple[str, list[Kind]]]:
        """The findings by severity, the worst first: its name, and its kinds."""
        return kinds_by_severity(self.findings, self.draft)

    @property
    def segments(self) -> list[dict]:
        """The score as a bar."""
        points = self.score.points
        return [{"x": 0, "w": points, "tone": "safe" if points >= 80 else "wait" if points >= 50 else "breach"}]

    @property
    def losses(self) -> list[dict]:
        """The parts of the score, each with what took points from it, in the words of its first finding."""
        words = {finding.code: finding.what for finding in reversed(self.findings)}
        return [
            {"part": part, "taken": [(words[code], points) for code, points in part.taken]} for part in self.score.parts
        ]


def kinds_by_severity(findings: tuple[Finding, ...], draft: Draft | None = None) -> list[tuple[str, list[Kind]]]:
    """The findings by severity, the worst first: its name, and its kinds; with the form whose fields they lead to."""
    return [
        (name, kinds)
        for severity, name in SEVERITIES.items()
        if (kinds := _kinds([finding for finding in findings if finding.severity == severity], draft))
    ]


def _kinds(findings: list[Finding], draft: Draft | None) -> list[Kind]:
    by_code: dict[str, list[Finding]] = {}
    for finding in findings:
        by_code.setdefault(finding.code, []).append(finding)
    return [Kind(tuple(each), draft) for each in by_code.values()]


def is_begun(terms: Terms) -> bool:
    """Whether there is something to check: a blank form is not bad, only blank."""
    return any(line.product.strip() or line.quantity for line in terms.lines)


def check_of(
    terms: Terms, supplier: Supplier, *, now, rules: Rulebook = CURRENT, draft: Draft | None = None
) -> Check | None:
    """What the linter finds in these terms with this supplier now; None while nothing is written.

    `draft` is the form on the page that these terms were read from: each finding then leads to its field.
    """
    if not is_begun(terms):
        return None
    context = context_of(terms, supplier, now=now, rules=rules)
    findings = lint(terms, context)
    return Check(findings, score(findings), unprotected(terms, context, findings), draft)


def context_of(terms: Terms, supplier: Supplier, *, now, rules: Rulebook) -> Context:
    """What the linter is told of the world: two queries, whatever the number of lines."""
    rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
    known = rate is not None and terms.currency in money.CURRENCIES
    names = {line.product for line in terms.lines}
    usual = Product.objects.filter(supplier=supplier, name__in=names, archived_at__isnull=True)
    return Context(
        now=now,
        rules=rules,
        country=supplier.country,
        usd_per_unit=rate if known else None,
        free_limit_minor=from_usd(supplier.free_limit_minor, terms.currency, rate) if known else None,
        usual_lead_days=usual.aggregate(days=Max("lead_days"))["days"],
    )


def only_looked(request, draft: Draft, supplier: Supplier, now) -> tuple[Draft, str] | None:
    """For a button that keeps nothing, "Check" or a mend: the draft to show, and what was mended; None for others."""
    if key := request.POST.get("mend"):
        after, done = mend(request.POST, supplier, key=key, now=now)
        told = (
            _("Done: {done}. It is in the form, and not saved yet.").format(done=done)
            if done
            else _("That is mended already.")
        )
        return after.forget_errors(), told
    if "check" not in request.POST:
        return None
    if draft.is_valid():
        terms = draft.terms()
        rate = ReferenceRate.objects.usd_per_unit(terms.currency, now.date())
        draft.show(problems(terms, rules=CURRENT, usd_per_unit=rate, now=now))
    return draft, ""


def left_open(order: Order, now) -> str:
    """How many findings the version that was just sent still has, as a sentence; empty when it has none."""
    check = check_of(order.versions.newest().terms, order.supplier, now=now, rules=order.rulebook)
    count = len(check.findings) if check else 0
    return (
        _(" The check still finds {count} thing{which} in it.").format(count=count, which="" if count == 1 else "s")
        if count
        else ""
    )


def mend(data, supplier: Supplier, *, key: str, now, rules: Rulebook = CURRENT) -> tuple[Draft, str]:
    """What was typed with one mend done to it, and what was done in words; no words when there is no such mend.

    Only the fields that the mend changes are written anew: everything else stays as it was typed, even what can't be
    read.
    """
    return mended_as(
        partial(Draft.typed, now=now),
        data,
        lambda terms: context_of(terms, supplier, now=now, rules=rules),
        key=key,
        now=now,
    )


def mended_as(read, data, context_for, *, key: str, now) -> tuple[Draft, str]:
    """As `mend`, for any page that writes a contract: `read` makes its draft from what was typed."""
    draft = read(data)
    terms = draft.terms()
    context = context_for(terms)
    new = mended(terms, context, key=key[:200])
    if new is None:
        return draft, ""
    code, _unused, path = key.partition(":")
    found = [f for f in lint(terms, context) if f.mend and f.code == code and path in ("*", f.path)]
    after = read(overlaid(draft.data, draft, terms, new, now))
    left = {f.key for f in lint(after.terms(), context)}
    done = [f for f in found if f.key not in left]
    if not done:
        return read(data), ""
    times = "" if len(done) == 1 else _(", {done} times").format(done=len(done))
    return after, done[0].mend.label + times
