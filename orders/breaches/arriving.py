"""Breaches at receipt: short, rejected, defects, certificates and documents that are missing (Rulebook, "Remedies")."""

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import counting, remedies
from orders.breaches.found import Ask, Breach, breach
from orders.breaches.known import Came, Fact, Facts, KnownLine
from orders.breaches.shipping import signed
from orders.remedies import percent
from orders.terms import Terms
from orders.terms.typed import DOCUMENTS
from trade_assurance import money
from trade_assurance.refused import Refused

BY_WORDS = {  # what a file's name says when it is such a document
    "invoice": ("invoice",),
    "packing_list": ("packinglist", "packing"),
    "transport": ("billoflading", "waybill", "awb", "bl", "cmr"),
    "origin": ("origin", "coo"),
    "insurance": ("insurance",),
    "inspection": ("inspection",),
    "export": ("export",),
    "preference": ("eur1", "rex", "preference", "preferential"),
    "phytosanitary": ("phytosanitary",),
    "fumigation": ("fumigation", "ispm"),
}
QUALITY = ("quality", "wrong")
SAMPLE = _lazy("Samples have payment and shipping protection, no quality protection (rule 13).")


def short(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """Fewer came than agreed, beyond the contract's tolerance: all that is missing counts."""
    for line, came in _counted(facts, now):
        received = line.goods.quantity - came.short
        remedy = remedies.shortage(line.goods, received, facts.rules)
        if not remedy.minor or facts.dealt_with(line, "shortage"):
            continue
        of, bound = f"{line.goods.quantity:,} {line.goods.unit}", percent(line.goods.tolerance_bp)
        yield breach(
            "short",
            line,
            term=_("Quantity"),
            expected=_("{of}, tolerance {bound}").format(of=of, bound=bound),
            observed=_("{received} {unit} came").format(received=f"{received:,}", unit=line.goods.unit),
            evidence=[_count(facts, _("{short} of {of} marked short").format(short=f"{came.short:,}", of=of), came)],
            ask=Ask("shortage", "refund", {"received": received}),
            remedy=remedy,
        )


def rejected(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """Goods were rejected at receipt without an inspection of some of them: the share of all that came."""
    for line, came in _counted(facts, now):
        if came.rejected and came.inspected is None:
            units = _units(line, came)
            found = remedies.Found(units, major=came.rejected)
            words = _("{rejected} of {units} {unit} rejected").format(
                rejected=f"{came.rejected:,}", units=f"{units:,}", unit=line.goods.unit
            )
            yield from _defects("rejected", line, came, found, words, facts, counting.aqls(terms, facts.rules))


def defects(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """An inspection at receipt found more defects than the AQL allows; of critical ones none."""
    for line, came in _counted(facts, now):
        if came.inspected:
            found = remedies.Found(came.inspected, came.critical, came.major, came.minor)
            counts = ((came.critical, "critical"), (came.major, "major"), (came.minor, "minor"))
            kinds = ", ".join(_("{n} with {kind} defects").format(n=f"{n:,}", kind=kind) for n, kind in counts if n)
            words = _("Of {inspected} inspected {kinds}").format(
                inspected=f"{came.inspected:,}", kinds=kinds or _("none with defects")
            )
            yield from _defects("defects", line, came, found, words, facts, counting.aqls(terms, facts.rules))


def _defects(
    code: str, line: KnownLine, came: Came, found: remedies.Found, words: str, facts: Facts, aqls: tuple[str, str]
) -> Iterable[Breach]:
    units, rules = _units(line, came), facts.rules
    if facts.dealt_with(line, *QUALITY):
        return
    try:
        remedy = remedies.nonconformity(line.goods, units, found, rules, aqls)
    except Refused:  # a count that contradicts itself shows nothing
        return
    if not remedy.minor and not remedy.is_severe:
        return
    wish, figures = "refund", {name: getattr(found, name) for name in ("inspected", "critical", "major", "minor")}
    if remedy.is_severe:
        wish, remedy = "return", remedies.send_back(line.goods, units)
    major, minor = (percent(money.basis_points(aql)) for aql in aqls)
    yield breach(
        code,
        line,
        term=_("Quality"),
        expected=_("At most {major} with major and {minor} with minor defects, none with critical ones").format(
            major=major, minor=minor
        ),
        observed=words,
        evidence=[_count(facts, words, came)],
        ask=None if facts.is_sample else Ask("quality", wish, figures),
        remedy=remedy,
        why_not=SAMPLE if facts.is_sample else "",
    )


def certificates(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """A certificate that must come with the goods is not among the supplier's files."""
    for line, came in _counted(facts, now):
        agreed = terms.lines[line.number - 1].certificates if line.number <= len(terms.lines) else ()
        absent = [each.name for each in agreed if each.is_mandatory and not _is_there(each.name, facts)]
        units = _units(line, came)
        if not absent or units <= 0 or facts.dealt_with(line, "documents"):
            continue
        yield breach(
            "certificate",
            line,
            term=_("Certificates"),
            expected=", ".join(absent),
            observed=_("Not among the supplier’s files of this order"),
            evidence=[*_papers(facts, now), _count(facts, _("Goods received"), came)],
            ask=None if facts.is_sample else Ask("documents", "return"),
            remedy=remedies.send_back(line.goods, units),
            why_not=SAMPLE if facts.is_sample else "",
        )


def documents(terms: Terms, facts: Facts, now: datetime) -> Iterable[Breach]:
    """A document that the supplier owes with the shipment, or at receipt, is not there."""
    if facts.status == "paid":
        return
    for due in terms.documents:
        at_receipt = due.due == "receipt"
        if at_receipt and facts.receipt is None:
            continue
        if any(_says(each.name, BY_WORDS.get(due.kind, ())) for each in facts.papers):
            continue
        if due.kind == "transport" and facts.shipments and all(each.document for each in facts.shipments):
            continue
        paper, when = DOCUMENTS.get(due.kind, due.kind), _("at receipt") if at_receipt else _("with the shipment")
        yield breach(
            _("document_{kind}").format(kind=due.kind),
            None,
            term=_("Documents"),
            expected=f"{paper}, {when}",
            observed=_("Not among the supplier’s files of this order"),
            evidence=[*_papers(facts, now), signed(facts, f"{paper}, {when},")],
            why_not=_(
                "The rulebook has no amount for this paper: only a mandatory certificate that is missing "
                "is worth the goods. Ask for it in a message; once it is here, this ends. If the goods "
                "are held up or come damaged for want of it, that is claimed for itself."
            ),
        )


RULES = (short, rejected, defects, certificates, documents)


def _counted(facts: Facts, now: datetime) -> Iterable[tuple[KnownLine, Came]]:
    """Lines of an order that was received and that may still be claimed, with how they arrived."""
    if facts.receipt is None or facts.status != "received":
        return
    for line in facts.lines:
        if not line.is_over(now) and line.left_minor > 0 and line.goods.quantity > line.cancelled:
            yield line, facts.came(line)


def _units(line: KnownLine, came: Came) -> int:
    """Units that came and are still there: not cancelled, not counted short, not paid back already."""
    return line.goods.quantity - max(came.short, line.cancelled, line.goods.paid_quantity)


def _count(facts: Facts, words: str, came: Came) -> Fact:
    source = _("Receipt by time") if facts.receipt.is_automatic else _("Counted by the buyer at receipt")
    return Fact(f"{words}. {came.note}" if came.note else words, source, facts.receipt.at)


def _papers(facts: Facts, now: datetime) -> list[Fact]:
    return [Fact(each.name, each.source, each.at) for each in facts.papers] or [
        Fact(_("No file of the supplier’s"), _("This order"), now)
    ]


def _is_there(name: str, facts: Facts) -> bool:
    return any(_says(each.name, (_plain(name),)) for each in facts.papers)


def _says(name: str, words: tuple[str, ...]) -> bool:
    """Whether a file's name has one of the words; a short one must stand alone."""
    alone = {_plain(part) for part in name.replace("_", " ").replace("-", " ").replace(".", " ").split()}
    whole = _plain(name)
    return any(word in alone or (len(word) > 3 and word in whole) for word in words if word)


def _plain(text: str) -> str:
    return "".join(each for each in text.casefold() if each.isalnum())
