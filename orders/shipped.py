"""What counts as shipped under each Incoterm, and what proves it (Rulebook 7). Nothing here reads or writes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import gettext_noop as N_
from stdnum import iso6346
from stdnum.exceptions import ValidationError

from orders.models import CarrierEvent, Shipment
from orders.terms import INCOTERMS
from trade_assurance.refused import Refused
from trade_assurance.rulebook import Rulebook

C, T = CarrierEvent.Code, Shipment.Transport

# Everything by which a carrier shows that it has the goods; a label or a word of trouble does not.
MOVEMENTS = frozenset(C.values) - {C.LABEL, C.EXCEPTION}
IN_CONTAINERS = (T.SEA, T.RAIL, T.ROAD)
_HANDED_OVER = MOVEMENTS - {C.EXPORT_CLEARED, C.CUSTOMS}

_WAYBILLS = {
    T.EXPRESS: _lazy("Courier's receipt"),
    T.AIR: _lazy("Air waybill (AWB)"),
    T.SEA: _lazy("Carrier's receipt or FCR"),
    T.RAIL: _lazy("Rail consignment note (CIM or SMGS)"),
    T.ROAD: _lazy("CMR consignment note"),
}
_NOTICE = dict.fromkeys(T, _lazy("Notice of availability"))
_ALONGSIDE = {T.SEA: _lazy("Dock receipt or mate's receipt")}
_ON_BOARD = {T.SEA: _lazy("On-board bill of lading")}


@dataclass(frozen=True)
class Fact:
    """The fact that is shipment: its words, the day that is asked for, the document for each way of transport that the
    term allows, and the carrier's events that prove it."""

    words: str
    day: str
    documents: dict[str, str]
    events: frozenset[str]

    @property
    def ways(self) -> tuple[str, ...]:
        """How goods can travel under this term."""
        return tuple(self.documents)

    @property
    def within(self) -> str:
        """The fact within a sentence."""
        return within(self.words)

    @property
    def is_by_sea_alone(self) -> bool:
        return self.ways == (T.SEA,)


def _fact(incoterm: str, day: str, documents: dict[str, str], events: Iterable[str]) -> Fact:
    return Fact(INCOTERMS[incoterm][1], day, documents, frozenset(events) | {C.EXPORT_CLEARED})


_CARRIER = (_lazy("Date of handover to the carrier"), _WAYBILLS, _HANDED_OVER)
_BOARD = (_lazy("On-board date"), _ON_BOARD, (C.ON_BOARD,))
_MOVED = (_lazy("Date of the carrier's first movement"), _WAYBILLS, _HANDED_OVER)
FACTS = {
    "EXW": _fact("EXW", _lazy("Date of the notice"), _NOTICE, _HANDED_OVER),
    "FCA": _fact("FCA", *_CARRIER),
    "CPT": _fact("CPT", *_CARRIER),
    "CIP": _fact("CIP", *_CARRIER),
    "FAS": _fact("FAS", _lazy("Date of placing alongside"), _ALONGSIDE, (C.ALONGSIDE, C.ON_BOARD)),
    "FOB": _fact("FOB", *_BOARD),
    "CFR": _fact("CFR", *_BOARD),
    "CIF": _fact("CIF", *_BOARD),
    "DAP": _fact("DAP", *_MOVED),
    "DPU": _fact("DPU", *_MOVED),
    "DDP": _fact("DDP", *_MOVED),
}
WITHIN = {
    "Goods made available, buyer notified": _lazy("goods made available, buyer notified"),
    "Handed to the first carrier": _lazy("handed to the first carrier"),
    "Placed alongside the vessel": _lazy("placed alongside the vessel"),
    "On-board date of the bill of lading": _lazy("on-board date of the bill of lading"),
    "First movement by the carrier": _lazy("first movement by the carrier"),
    "Cleared for export": _lazy("cleared for export"),
}
TRAVELS = {
    T.EXPRESS: _lazy("express courier"),
    T.AIR: _lazy("air freight"),
    T.SEA: _lazy("sea freight"),
    T.RAIL: _lazy("rail"),
    T.ROAD: _lazy("road, to the door"),
}
# An export clearance date counts under every term (Rulebook 7).
FACT, EXPORT = "fact", "export"
CLEARED = N_("Cleared for export")  # as a shipment keeps it
EXPORT_DOCUMENT = _lazy("Export declaration with its release")
EXPORT_DAY = _lazy("Date of export clearance")


def document(incoterm: str, transport: str, proof: str = FACT) -> str:
    """The name of the document that proves shipment, to be asked for by that name."""
    return EXPORT_DOCUMENT if proof == EXPORT else FACTS[incoterm].documents.get(transport, _("Document"))


def documents(incoterm: str) -> list[tuple[str, str]]:
    """Every (way of transport, document) of a term, for a form that does not know yet how the goods travel."""
    return [(T(way).label, name) for way, name in FACTS[incoterm].documents.items()]


def day(incoterm: str, proof: str = FACT) -> str:
    """The name of the date that is asked for."""
    return EXPORT_DAY if proof == EXPORT else FACTS[incoterm].day


def words(incoterm: str, proof: str = FACT) -> str:
    """The fact that counts, as the shipment keeps it: in English."""
    with translation.override("en"):
        return CLEARED if proof == EXPORT else str(FACTS[incoterm].words)


def within(fact: str) -> str:
    """A fact within a sentence, in the reader's language."""
    with translation.override("en"):
        kept = str(fact)
    return str(WITHIN.get(kept) or _(kept))


def holder(incoterm: str) -> str:
    """Who has the goods then: a carrier, or under EXW the place where the buyer collects them."""
    return _("Where the goods are collected") if incoterm == "EXW" else _("Carrier")


def demand_way(incoterm: str, transport: str) -> None:
    """Raise Refused when goods can't travel so under this term (Incoterms 2020)."""
    if transport not in T.values:
        raise Refused(_("Choose how the goods travel."), field="transport")
    if transport not in FACTS[incoterm].documents:
        raise Refused(
            _(
                "Under {incoterm} the goods go by sea, and a paper of the vessel proves it. If they go "
                "another way, agree an amendment to FCA, CPT, CIP, DAP or DDP with the buyer first."
            ).format(incoterm=incoterm),
            field="transport",
        )


def container_number(number: str) -> str:
    """A container number as ISO 6346 writes it, its check digit tested; empty is none. Raises Refused."""
    number = "".join(number.upper().replace("-", " ").split())
    if not number:
        return ""
    try:
        if not number.isascii() or not number[:4].isalpha():
            raise ValidationError
        return iso6346.validate(number)
    except ValidationError as error:
        raise Refused(
            _(
                "This is no container number: four letters, six digits and a check digit that fits them, "
                "such as CSQU 305438 3. Look at the container or the bill of lading again."
            ),
            field="container_number",
        ) from error


def container(number: str, transport: str) -> str:
    """The number of the container in which goods travel so, as ISO 6346 writes it. Raises Refused."""
    if number.strip(" -") and transport not in IN_CONTAINERS:
        raise Refused(_("Containers go by sea, rail or road. Leave this empty."), field="container_number")
    return container_number(number)


# The carrier's own word for the very fact of a term. Of goods made available (EXW) no carrier knows the day.
_DATED = {"FAS": C.ALONGSIDE} | dict.fromkeys(("FOB", "CFR", "CIF"), C.ON_BOARD)
DATED_BY = _DATED | dict.fromkeys(FACTS.keys() - _DATED.keys() - {"EXW"}, C.PICKED_UP)


def fact_day(shipment: Shipment, incoterm: str, timezone: str, rules: Rulebook) -> date:
    """The day that counts for the fact: as its supplier entered it, unless the carrier dates the same fact later.

    A carrier may take the days of rule 8 to tell of a movement; beyond them its own day counts.
    """
    typed = shipment.dispatched_on
    if not shipment.tracking_number or not shipment.is_tracked or shipment.fact == CLEARED:
        return typed
    told = [each.at for each in shipment.events.all() if each.code == DATED_BY.get(incoterm)]
    said = min(told).astimezone(ZoneInfo(timezone)).date() if told else typed
    return said if (said - typed).days > rules.unverified_after_days else typed


def proven_by(incoterm: str, events: Iterable[CarrierEvent]) -> CarrierEvent | None:
    """The carrier's first event that proves the term's fact, in the order in which things happened."""
    fact = FACTS[incoterm]
    return next((each for each in sorted(events, key=lambda e: (e.at, e.pk or 0)) if each.code in fact.events), None)
