"""Typical terms of a category: what a contract about such goods usually agrees, to begin with and to edit.

A value that differs with every product is left empty, so that somebody fills it in or takes the attribute out: nobody
signs a figure that only came from a template. They are the contract's own words, in English for whoever begins with
them; only a category's name is in the reader's language.
"""

from dataclasses import dataclass, replace

from django.utils.translation import gettext_lazy as _lazy

from orders.terms.document import LineTerms, Terms
from orders.terms.typed import (
    ATTRIBUTES_IN_ALL_MAX,
    CERTIFICATES_IN_ALL_MAX,
    Attribute,
    Certificate,
    DueDocument,
    Inspection,
    Packaging,
)

BUYER_INSPECTS = Inspection("buyer", "before_shipment")
ALWAYS = (DueDocument("invoice"), DueDocument("packing_list"), DueDocument("transport"))
WITH_ORIGIN = (*ALWAYS, DueDocument("origin"))
WITH_REPORT = (*WITH_ORIGIN, DueDocument("inspection"))


@dataclass(frozen=True)
class Typical:
    """The typical terms of one category of goods."""

    name: str
    attributes: tuple[Attribute, ...]
    certificates: tuple[Certificate, ...] = ()
    packaging: Packaging | None = None
    inspection: Inspection = BUYER_INSPECTS
    documents: tuple[DueDocument, ...] = ALWAYS


def _size(name: str, unit: str = "mm", method: str = "Steel rule or caliper") -> Attribute:
    """A size that somebody must fill in."""
    return Attribute(name, "value", unit=unit, method=method)


def _least(name: str, low: str, unit: str = "", method: str = "", severity: str = "major") -> Attribute:
    return Attribute(name, "range", unit=unit, low=low, method=method, severity=severity)


def _most(name: str, high: str, unit: str = "", method: str = "", severity: str = "major") -> Attribute:
    return Attribute(name, "range", unit=unit, high=high, method=method, severity=severity)


def _one_of(name: str, *choices: str, method: str = "By eye, in daylight", severity: str = "major") -> Attribute:
    return Attribute(name, "choice", choices=choices, method=method, severity=severity)


FOOD_CONTACT = Certificate("Declaration of compliance, food contact (EC 1935/2004)")
TYPICAL = {
    "lighting": Typical(
        _lazy("Lighting"),
        (
            _size("Diameter"),
            Attribute("Colour temperature", "value", unit="K", value="2700", tolerance="100", method="CIE 015, sphere"),
            _least("Luminous flux", "", "lm", "IES LM-79"),
            _one_of("Supply voltage", "220-240 V, 50 Hz", method="Rating plate", severity="critical"),
            _one_of("Finish", "as the approved sample"),
        ),
        (Certificate("EU declaration of conformity (CE)"), Certificate("Test report EN 60598-1")),
        Packaging("carton", words="Drop test ISO 2248 from 80 cm, six faces"),
        documents=WITH_REPORT,
    ),
    "electronics": Typical(
        _lazy("Electronics"),
        (
            Attribute("Supply voltage", "value", unit="V", method="Multimeter", severity="critical"),
            _most("Power in use", "", "W", "Power meter, after 10 min"),
            Attribute("Working temperature", "range", unit="°C", low="0", high="40", method="IEC 60068-2"),
            _one_of("Plug", "EU (type C or F)", severity="critical"),
            _least("Burn-in without failure", "4", "h", "Record of the test bench"),
        ),
        (
            Certificate("EU declaration of conformity (CE)"),
            Certificate("RoHS test report (2011/65/EU)"),
            Certificate("UN 38.3 test summary, if there are lithium cells", is_mandatory=False),
        ),
        Packaging("carton", words="Antistatic bag each, drop test ISO 2248 from 80 cm"),
        documents=WITH_REPORT,
    ),
    "textiles": Typical(
        _lazy("Textiles"),
        (
            Attribute("Weight of the fabric", "value", unit="g/m²", method="ISO 3801"),
            _most("Shrinkage after washing", "3", "%", "ISO 5077, 40 °C, three washes"),
            _least("Colour fastness to washing", "4", "grade", "ISO 105-C06"),
            _least("Colour fastness to rubbing, dry", "4", "grade", "ISO 105-X12", severity="minor"),
            _one_of("Composition", "100 % cotton", method="ISO 1833", severity="critical"),
        ),
        (Certificate("OEKO-TEX Standard 100"),),
        Packaging("carton", words="Polybag each, silica gel in each carton"),
        documents=WITH_ORIGIN,
    ),
    "furniture": Typical(
        _lazy("Furniture"),
        (
            _size("Width", method="Tape measure"),
            _size("Height", method="Tape measure"),
            Attribute(
                "Moisture of the wood", "range", unit="%", low="8", high="12", method="EN 13183-2, moisture meter"
            ),
            _most("Formaldehyde", "0.124", "mg/m³", "EN 717-1 (class E1)", severity="critical"),
            _least("Load without damage", "", "kg", "EN 12520 or EN 12521"),
        ),
        (Certificate("FSC chain of custody", is_mandatory=False), Certificate("Test report EN 12520 or EN 12521")),
        Packaging("carton", words="Edges and corners protected, assembly sheet inside"),
        documents=(*WITH_ORIGIN, DueDocument("fumigation")),
    ),
    "machinery": Typical(
        _lazy("Machinery"),
        (
            _least("Output", "", "pieces/h", "Acceptance run of 4 h with the buyer’s material"),
            _most("Deviation of the work piece", "", "mm", "Coordinate measuring machine"),
            _most("Sound at the work place", "80", "dB(A)", "ISO 11202"),
            _one_of("Supply", "400 V, 3 phases, 50 Hz", method="Rating plate", severity="critical"),
        ),
        (
            Certificate("EU declaration of conformity (2006/42/EC)"),
            Certificate("Instructions in the buyer’s language"),
        ),
        Packaging("crate", 1, "Export crate, wood treated as ISPM 15, shock and tilt indicators"),
        Inspection("third_party", "before_shipment"),
        (*WITH_REPORT, DueDocument("insurance"), DueDocument("fumigation")),
    ),
    "ceramics": Typical(
        _lazy("Ceramics"),
        (
            _size("Diameter or edge"),
            _most("Water absorption", "3", "%", "ISO 10545-3"),
            _most("Lead released", "0.8", "mg/dm²", "EN 1388-1", severity="critical"),
            _one_of("Colour of the glaze", "as the approved sample"),
        ),
        (FOOD_CONTACT,),
        Packaging("carton", words="Dividers between pieces, drop test ISO 2248 from 60 cm"),
        documents=WITH_ORIGIN,
    ),
    "kitchenware": Typical(
        _lazy("Kitchenware"),
        (
            _size("Diameter or length"),
            _size("Thickness of the wall"),
            _one_of("Material", "stainless steel 1.4301 (304)", method="XRF analyser", severity="critical"),
            _least("Dishwasher cycles without damage", "500", "cycles", "EN 12875-1"),
        ),
        (FOOD_CONTACT,),
        Packaging("carton", words="Retail box each"),
        documents=WITH_ORIGIN,
    ),
    "glass": Typical(
        _lazy("Glass"),
        (
            _size("Height"),
            _size("Thickness of the wall"),
            _most("Bubbles above 1 mm in each piece", "0", method="By eye, in daylight", severity="minor"),
            _most("Residual stress", "", "nm/cm", "Polariscope"),
        ),
        (FOOD_CONTACT,),
        Packaging("carton", words="Dividers between pieces, marked fragile"),
    ),
    "stone": Typical(
        _lazy("Stone"),
        (
            _size("Thickness", method="Caliper, five points a slab"),
            _most("Water absorption", "0.4", "%", "EN 13755"),
            _least("Flexural strength", "", "MPa", "EN 12372"),
            _one_of("Surface", "polished", "honed"),
        ),
        (Certificate("EU declaration of performance (CPR 305/2011)", is_mandatory=False),),
        Packaging("crate", words="Wood treated as ISPM 15, foam between slabs"),
        documents=(*WITH_ORIGIN, DueDocument("fumigation")),
    ),
    "components": Typical(
        _lazy("Components"),
        (
            _size("Dimension on the drawing", method="Caliper or coordinate measuring machine"),
            _one_of("Material", "as the drawing", method="Mill certificate EN 10204 3.1"),
            _most("Surface roughness Ra", "3.2", "µm", "ISO 21920-2", severity="minor"),
            _least("Samples of the first article approved", "3", "pieces", "First article report", severity="critical"),
        ),
        (Certificate("Inspection certificate EN 10204 3.1"), Certificate("RoHS declaration", is_mandatory=False)),
        Packaging("carton", words="Part number and lot on every package"),
        documents=(*ALWAYS, DueDocument("inspection")),
    ),
    "toys": Typical(
        _lazy("Toys"),
        (
            _size("Size"),
            _one_of("Small parts under 3 years", "none", method="EN 71-1", severity="critical"),
            _one_of("Age on the package", "3+", method="By eye"),
        ),
        (
            Certificate("EU declaration of conformity (2009/48/EC)"),
            Certificate("Test report EN 71-1, -2 and -3"),
        ),
        Packaging("carton", words="Retail box each, warnings in the buyer’s language"),
        documents=WITH_REPORT,
    ),
}


def with_typical(terms: Terms, blank: LineTerms) -> Terms:
    """The terms with what is typical of their category wherever nothing is typed yet; the same when nothing is to add.

    `blank` is the line to begin with where there is none.
    """
    typical = TYPICAL.get(terms.category)
    if typical is None:
        return terms
    attributes = ATTRIBUTES_IN_ALL_MAX - sum(len(line.attributes) for line in terms.lines)
    certificates = CERTIFICATES_IN_ALL_MAX - sum(len(line.certificates) for line in terms.lines)
    lines = []
    for line in terms.lines or (blank,):
        if not line.attributes and len(typical.attributes) <= attributes:
            line = replace(line, attributes=typical.attributes)
            attributes -= len(typical.attributes)
        if not line.certificates and len(typical.certificates) <= certificates:
            line = replace(line, certificates=typical.certificates)
            certificates -= len(typical.certificates)
        lines.append(replace(line, packaging=line.packaging or typical.packaging))
    return replace(
        terms,
        lines=tuple(lines),
        inspection=terms.inspection or typical.inspection,
        documents=terms.documents or typical.documents,
    )
