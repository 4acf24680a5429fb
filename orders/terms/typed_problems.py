"""What keeps the typed parts of a draft from being sent: numbers, names, ranges, AQLs, documents, promises."""

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.utils.translation import gettext as _

from orders.terms.document import QUANTITY_MAX, LineTerms, Terms, day_of, spelled_day
from orders.terms.typed import (
    AQLS,
    ATTRIBUTES_IN_ALL_MAX,
    ATTRIBUTES_MAX,
    CERTIFICATES_IN_ALL_MAX,
    CERTIFICATES_MAX,
    CHOICES_MAX,
    D_TERMS,
    DOCUMENTS,
    DOCUMENTS_MAX,
    DUE_WITH,
    INSPECTED,
    INSPECTORS,
    KINDS,
    METHOD_MAX,
    NAME_MAX,
    PACKAGES,
    PAYERS,
    SEVERITIES,
    UNIT_MAX,
    WORDS_MAX,
    Attribute,
    figure,
)

DELIVER_WITHIN_DAYS = 365  # a promise further away than this is a slip of the pen
SLUG = re.compile(r"[a-z0-9-]{0,60}")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")  # none belongs in a name, and PostgreSQL keeps no NUL
Wrong = Callable[[str, str], None]


def typed_line_problems(terms: Terms, wrong: Wrong) -> None:
    """Attributes, certificates and packaging of every line."""
    for n, line in enumerate(terms.lines):
        if len(line.attributes) > ATTRIBUTES_MAX:
            wrong(
                _("lines.{n}.attributes").format(n=n),
                _("A line has at most {ATTRIBUTES_MAX} attributes. Attach a drawing instead.").format(
                    ATTRIBUTES_MAX=ATTRIBUTES_MAX
                ),
            )
        else:
            for m, attribute in enumerate(line.attributes):
                _attribute(_("lines.{n}.attributes.{m}").format(n=n, m=m), attribute, wrong)
            _twice(_("lines.{n}.attributes").format(n=n), (each.name for each in line.attributes), wrong)
        _certificates(n, line, wrong)
        _packaging(n, line, wrong)
    if sum(len(line.attributes) for line in terms.lines) > ATTRIBUTES_IN_ALL_MAX:
        wrong(
            "lines",
            _("A contract has at most {ATTRIBUTES_IN_ALL_MAX} attributes. Split it into several orders.").format(
                ATTRIBUTES_IN_ALL_MAX=f"{ATTRIBUTES_IN_ALL_MAX:,}"
            ),
        )
    if sum(len(line.certificates) for line in terms.lines) > CERTIFICATES_IN_ALL_MAX:
        most = f"{CERTIFICATES_IN_ALL_MAX:,}"
        wrong("lines", _("A contract has at most {most} certificates. Split it into several orders.").format(most=most))


def typed_problems(terms: Terms, wrong: Wrong, *, today: date) -> None:
    """Inspection, documents, the promised day of delivery and the category of the whole contract."""
    if not SLUG.fullmatch(terms.category):
        wrong("category", _("Choose a category of the list, or none."))
    _inspection(terms, wrong)
    if len(terms.documents) > DOCUMENTS_MAX:
        wrong("documents", _("A contract has at most {DOCUMENTS_MAX} documents.").format(DOCUMENTS_MAX=DOCUMENTS_MAX))
    else:
        for n, document in enumerate(terms.documents):
            if document.kind not in DOCUMENTS:
                wrong(_("documents.{n}.kind").format(n=n), _("Choose the document that is due."))
            elif document.kind in (each.kind for each in terms.documents[:n]):
                wrong(
                    _("documents.{n}.kind").format(n=n),
                    _("{DOCUMENTS} is listed already.").format(DOCUMENTS=DOCUMENTS[document.kind]),
                )
            if document.due not in DUE_WITH:
                wrong(_("documents.{n}.due").format(n=n), _("Say whether it is due with the shipment or at receipt."))
    if terms.deliver_by_on is not None:
        _deliver_by(terms, wrong, today)


def _attribute(path: str, attribute: Attribute, wrong: Wrong) -> None:
    _name(f"{path}.name", attribute.name, _("Name what is measured, such as Diameter."), wrong)
    _short(f"{path}.unit", attribute.unit, UNIT_MAX, wrong)
    _short(f"{path}.method", attribute.method, METHOD_MAX, wrong)
    if attribute.severity not in SEVERITIES:
        wrong(f"{path}.severity", _("Say whether a difference is a minor, a major or a critical defect."))
    if attribute.kind not in KINDS:
        wrong(f"{path}.kind", _("Say whether one value is agreed, a range, or one of several."))
        return
    parts = {
        "value": ("value", "tolerance"),
        "range": ("low", "high"),
        "choice": ("choices",),
    }[attribute.kind]
    for name in ("value", "tolerance", "low", "high", "choices"):
        if name not in parts and getattr(attribute, name):
            wrong(
                f"{path}.{name}",
                _("“{KINDS}” has no {name}. Leave it out, or choose another kind.").format(
                    KINDS=KINDS[attribute.kind], name=name
                ),
            )
    {"value": _value, "range": _range, "choice": _choices}[attribute.kind](path, attribute, wrong)


def _value(path: str, attribute: Attribute, wrong: Wrong) -> None:
    if not attribute.value:
        wrong(f"{path}.value", _("Give the value that is agreed, such as 400 or 400 ± 2."))
    elif figure(attribute.value) is None:
        wrong(f"{path}.value", _unread(attribute.value))
    if not attribute.tolerance:
        return
    tolerance = figure(attribute.tolerance)
    if tolerance is None:
        wrong(f"{path}.tolerance", _unread(attribute.tolerance))
    elif tolerance < 0:
        wrong(f"{path}.tolerance", _("A tolerance is zero or more: 2 means up to 2 less and up to 2 more."))


def _range(path: str, attribute: Attribute, wrong: Wrong) -> None:
    if not attribute.low and not attribute.high:
        wrong(f"{path}.low", _("Give the lower end, the upper end or both, such as 10 to 20 or at least 10."))
    ends = []
    for name in ("low", "high"):
        text = getattr(attribute, name)
        if text and figure(text) is None:
            wrong(f"{path}.{name}", _unread(text))
        elif text:
            ends.append(figure(text))
    if len(ends) == 2 and ends[0] > ends[1]:
        wrong(f"{path}.low", _("The lower end is above the upper end. Swap them."))


def _choices(path: str, attribute: Attribute, wrong: Wrong) -> None:
    path = f"{path}.choices"
    if not attribute.choices:
        wrong(path, _("Say what is allowed, separated by semicolons, such as matt black; satin."))
    if len(attribute.choices) > CHOICES_MAX:
        wrong(path, _("Give at most {CHOICES_MAX} that are allowed.").format(CHOICES_MAX=CHOICES_MAX))
        return
    for choice in attribute.choices:
        if not choice.strip() or len(choice) > NAME_MAX or CONTROL.search(choice) or ";" in choice:
            wrong(
                path,
                _("Each that is allowed has 1 to {NAME_MAX} characters on one line, without semicolons.").format(
                    NAME_MAX=NAME_MAX
                ),
            )
            return
    if len({_folded(choice) for choice in attribute.choices}) < len(attribute.choices):
        wrong(path, _("The same is listed twice."))


def _certificates(n: int, line: LineTerms, wrong: Wrong) -> None:
    if len(line.certificates) > CERTIFICATES_MAX:
        wrong(
            _("lines.{n}.certificates").format(n=n),
            _("A line has at most {CERTIFICATES_MAX} certificates.").format(CERTIFICATES_MAX=CERTIFICATES_MAX),
        )
        return
    for m, certificate in enumerate(line.certificates):
        path = _("lines.{n}.certificates.{m}.name").format(n=n, m=m)
        _name(path, certificate.name, _("Name the certificate with its standard or law."), wrong)
    _twice(_("lines.{n}.certificates").format(n=n), (each.name for each in line.certificates), wrong)


def _packaging(n: int, line: LineTerms, wrong: Wrong) -> None:
    packaging, path = line.packaging, _("lines.{n}.packaging").format(n=n)
    if packaging is None:
        return
    if packaging.kind not in PACKAGES:
        wrong(f"{path}.kind", _("Choose how it is packed."))
    if packaging.units_each is not None:
        if packaging.kind == "bulk":
            wrong(f"{path}.units_each", _("Goods in bulk have no number in each package. Leave it empty."))
        elif not 1 <= packaging.units_each <= QUANTITY_MAX:
            wrong(
                f"{path}.units_each",
                _("Give a whole number from 1 to {QUANTITY_MAX}.").format(QUANTITY_MAX=f"{QUANTITY_MAX:,}"),
            )
    if len(packaging.words) > WORDS_MAX or "\x00" in packaging.words:
        wrong(f"{path}.words", _("Keep this to {WORDS_MAX} characters, or attach a file.").format(WORDS_MAX=WORDS_MAX))


def _inspection(terms: Terms, wrong: Wrong) -> None:
    inspection = terms.inspection
    if inspection is None:
        return
    if inspection.who not in INSPECTORS:
        wrong("inspection.who", _("Say who inspects."))
    if inspection.when not in INSPECTED:
        wrong("inspection.when", _("Say whether it is before shipment or at receipt."))
    if inspection.paid_by not in PAYERS:
        wrong("inspection.paid_by", _("Say who pays for the inspection."))
    if inspection.who == "third_party":
        _name("inspection.agency", inspection.agency, _("Name the inspection company."), wrong)
    elif inspection.agency:
        wrong("inspection.agency", _("Name a company only where an inspection company inspects."))
    aqls = {"aql_major": inspection.aql_major, "aql_minor": inspection.aql_minor}
    unknown = [name for name, aql in aqls.items() if aql not in AQLS]
    for name in unknown:
        wrong(_("inspection.{name}").format(name=name), _("Choose an AQL of {join}.").format(join=", ".join(AQLS)))
    if not unknown and AQLS.index(inspection.aql_minor) < AQLS.index(inspection.aql_major):
        wrong("inspection.aql_minor", _("Minor defects can’t be judged more strictly than major ones."))


def _deliver_by(terms: Terms, wrong: Wrong, today: date) -> None:
    day, path = day_of(terms.deliver_by_on), "deliver_by_on"
    ship = day_of(terms.ship_by_on)
    if day is None:
        wrong(path, _("Give the date of delivery as a date."))
    elif terms.incoterm not in D_TERMS:
        wrong(
            path,
            _(
                "Under {incoterm} the supplier doesn’t carry the goods to their destination, so it can’t "
                "promise the day. Leave it empty, or choose {join}."
            ).format(incoterm=terms.incoterm or _("this Incoterm"), join=", ".join(D_TERMS)),
        )
    elif ship is not None and day < ship:
        wrong(
            path, _("This is before the ship-by date, {spelled_day}.").format(spelled_day=spelled_day(terms.ship_by_on))
        )
    elif day < today:
        wrong(path, _("This date of delivery is past. Choose today or later."))
    elif day > today + timedelta(days=DELIVER_WITHIN_DAYS):
        wrong(
            path,
            _("Choose a date of delivery within {DELIVER_WITHIN_DAYS} days.").format(
                DELIVER_WITHIN_DAYS=DELIVER_WITHIN_DAYS
            ),
        )


def _name(path: str, text: str, sentence: str, wrong: Wrong) -> None:
    if not text.strip():
        wrong(path, sentence)
    else:
        _short(path, text, NAME_MAX, wrong)


def _short(path: str, text: str, most: int, wrong: Wrong) -> None:
    if len(text) > most or CONTROL.search(text):
        wrong(path, _("Keep this to {most} characters on one line.").format(most=most))


def _twice(path: str, names: Iterable[str], wrong: Wrong) -> None:
    seen: set[str] = set()
    for m, name in enumerate(names):
        key = _folded(name)
        if key and key in seen:
            wrong(f"{path}.{m}.name", _("This is listed already. Give it another name, or put the two together."))
        seen.add(key)


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _unread(text: str) -> str:
    return _("“{text}” is no number. Write digits with a point for decimals, such as 0.5 or 2700.").format(
        text=text[:20]
    )
