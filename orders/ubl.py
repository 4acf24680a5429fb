"""A version of the contract as a UBL 2.1 Order (ISO/IEC 19845), for systems that read orders by that standard.

It is a rendering: the contract's own document, which the fingerprint is made of, counts. Elements stand in the order
that the schema prescribes; amounts are in major units, as decimals.
"""

from datetime import UTC

from django.utils import translation
from lxml import etree
from lxml.builder import ElementMaker

from orders.models import ContractVersion
from orders.terms import DUE_BEFORE, INCOTERMS, DueDocument, LineTerms, Terms
from orders.terms.typed import DOCUMENTS, DUE_WITH
from trade_assurance import money

ROOT = "urn:oasis:names:specification:ubl:schema:xsd:Order-2"
AGGREGATE = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
BASIC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
NAMESPACES = {None: ROOT, "cac": AGGREGATE, "cbc": BASIC}
cac, cbc = ElementMaker(namespace=AGGREGATE), ElementMaker(namespace=BASIC)
# UN/ECE Recommendation 20, for units as people write them; another unit is named in a note.
UNITS = {
    "piece": "H87",
    "unit": "H87",
    "set": "SET",
    "pair": "PR",
    "kg": "KGM",
    "kilogram": "KGM",
    "g": "GRM",
    "tonne": "TNE",
    "ton": "TNE",
    "m": "MTR",
    "metre": "MTR",
    "meter": "MTR",
    "m²": "MTK",
    "m2": "MTK",
    "m³": "MTQ",
    "m3": "MTQ",
    "litre": "LTR",
    "liter": "LTR",
    "roll": "XRO",
    "carton": "XCT",
    "box": "XBX",
    "pallet": "XPX",
    "bag": "XBG",
}
ONE = "C62"


@translation.override("en")
def order_xml(version: ContractVersion) -> bytes:
    """The version as a UBL 2.1 Order, in UTF-8."""
    terms, order = version.terms, version.order
    sent = version.sent_at.astimezone(UTC)
    root = etree.Element(f"{{{ROOT}}}Order", nsmap=NAMESPACES)
    root.extend(
        [
            cbc.UBLVersionID("2.1"),
            cbc.ID(f"{order.reference}-{version.number}"),
            cbc.IssueDate(f"{sent:%Y-%m-%d}"),
            cbc.IssueTime(f"{sent:%H:%M:%S}Z"),
            *(cbc.Note(_clean(text)) for text in _notes(version, terms)),
            cbc.DocumentCurrencyCode(terms.currency),
            cbc.LineCountNumeric(str(len(terms.lines))),
            *_attachments(terms),
            cac.Contract(cbc.ID(order.reference), cbc.ContractType("Protected order"), *_fingerprint(version)),
            cac.BuyerCustomerParty(_party(terms, "buyer")),
            cac.SellerSupplierParty(_party(terms, "supplier")),
            _delivery(terms),
            _delivery_terms(terms),
            *_payment_terms(terms),
            *_freight(terms),
            cac.DestinationCountry(cbc.IdentificationCode(terms.destination_country)),
            _total(terms),
            *(_line(n, line, terms.currency) for n, line in enumerate(terms.lines, 1)),
        ]
    )
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    kept = (c for c in text if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000")
    return "".join(kept)


def _notes(version: ContractVersion, terms: Terms) -> list[str]:
    state = "signed by both sides" if version.accepted_by_both else "offered"
    said = [
        terms.title,
        f"Version {version.number} of the contract, {state}. Its document with SHA-256 {version.fingerprint} counts.",
        terms.quality and f"Quality: {terms.quality}",
        terms.inspection and f"Inspection: {terms.inspection.text}",
        terms.documents and f"Documents owed: {'; '.join(_owed(each) for each in terms.documents)}",
        terms.is_sample and "Sample order: no quality protection (rule 13).",
        terms.notes,
    ]
    return [text for text in said if text]


def _owed(document: DueDocument) -> str:
    name, due = DOCUMENTS.get(document.kind, document.kind), DUE_WITH.get(document.due, document.due)
    return f"{name.lower()}, {due.lower()}"


def _fingerprint(version: ContractVersion) -> list:
    digest = cbc.DocumentHash(version.fingerprint)
    attached = cac.Attachment(
        cac.ExternalReference(digest, cbc.HashAlgorithmMethod("http://www.w3.org/2001/04/xmlenc#sha256"))
    )
    return [cac.ContractDocumentReference(cbc.ID(f"version {version.number}"), attached)]


def _attachments(terms: Terms) -> list:
    return [
        cac.AdditionalDocumentReference(
            cbc.ID(file["sha256"]),
            cac.Attachment(
                cac.ExternalReference(
                    cbc.DocumentHash(file["sha256"]),
                    cbc.HashAlgorithmMethod("http://www.w3.org/2001/04/xmlenc#sha256"),
                    cbc.FileName(_clean(file["name"])),
                )
            ),
        )
        for file in terms.attachments
    ]


def _party(terms: Terms, side: str):
    party = terms.parties.get(side, {})
    parts = [cac.PartyIdentification(cbc.ID(str(party["id"])))] if party.get("id") else []
    parts.append(cac.PartyName(cbc.Name(_clean(party.get("name") or side.capitalize()))))
    if party.get("country"):
        parts.append(cac.PostalAddress(cac.Country(cbc.IdentificationCode(party["country"]))))
    if party.get("person"):
        parts.append(cac.Contact(cbc.Name(_clean(party["person"]))))
    return cac.Party(*parts)


def _delivery(terms: Terms):
    country = cac.Country(cbc.IdentificationCode(terms.destination_country))
    lines = [cac.AddressLine(cbc.Line(_clean(line))) for line in terms.destination_address.splitlines() if line.strip()]
    parts = [cbc.LatestDeliveryDate(terms.deliver_by_on)] if terms.deliver_by_on else []
    parts.append(cac.DeliveryAddress(*lines, country))
    if terms.ship_by_on:
        parts.append(cac.Despatch(cbc.RequestedDespatchDate(terms.ship_by_on)))
    return cac.Delivery(*parts)


def _delivery_terms(terms: Terms):
    name = INCOTERMS[terms.incoterm][0]
    shipped = f" Shipped {terms.lead_days} days after what is due before it has cleared." if terms.lead_days else ""
    return cac.DeliveryTerms(
        cbc.ID(terms.incoterm, schemeID="Incoterms 2020"),
        cbc.SpecialTerms(f"{name}, Incoterms 2020.{shipped}"),
        cac.DeliveryLocation(cbc.Description(_clean(terms.place))),
    )


def _payment_terms(terms: Terms) -> list:
    return [
        cac.PaymentTerms(
            cbc.ID(str(n)),
            cbc.Note(_clean(f"{part.label}: {DUE_BEFORE[part.due_before].lower()}")),
            _amount(cbc.Amount, part.amount_minor, terms.currency),
            cbc.PaymentDueDate(part.due_on),
        )
        for n, part in enumerate(terms.plan, 1)
    ]


def _freight(terms: Terms) -> list:
    if not terms.freight_minor:
        return []
    charge = (cbc.ChargeIndicator("true"), cbc.AllowanceChargeReason("Freight"))
    return [cac.AllowanceCharge(*charge, _amount(cbc.Amount, terms.freight_minor, terms.currency))]


def _total(terms: Terms):
    parts = [_amount(cbc.LineExtensionAmount, terms.goods_minor, terms.currency)]
    if terms.freight_minor:
        parts.append(_amount(cbc.ChargeTotalAmount, terms.freight_minor, terms.currency))
    return cac.AnticipatedMonetaryTotal(*parts, _amount(cbc.PayableAmount, terms.total_minor, terms.currency))


def _line(n: int, line: LineTerms, currency: str):
    code = UNITS.get(line.unit.lower()) or UNITS.get(line.unit.lower().removesuffix("s"))
    notes = [] if code else [f"Counted in: {line.unit}"]
    notes += [f"The quantity may differ by {line.tolerance_bp / 100:g} %"] if line.tolerance_bp else []
    notes += [f"Packaging: {line.packaging.text}"] if line.packaging else []
    notes += [f"Certificate: {each.text}" for each in line.certificates]
    described = [text for text in (line.specification, line.quality) if text]
    item = cac.Item(
        *(cbc.Description(_clean(text)) for text in described),
        cbc.Name(_clean(line.product)),
        *(
            cac.AdditionalItemProperty(cbc.Name(_clean(each.name)), cbc.Value(_clean(each.text)))
            for each in line.attributes
        ),
    )
    return cac.OrderLine(
        cac.LineItem(
            cbc.ID(str(n)),
            *(cbc.Note(_clean(text)) for text in notes),
            cbc.Quantity(str(line.quantity), unitCode=code or ONE),
            _amount(cbc.LineExtensionAmount, line.value_minor, currency),
            cac.Price(
                _amount(cbc.PriceAmount, line.unit_price_minor, currency),
                cbc.BaseQuantity("1", unitCode=code or ONE),
            ),
            item,
        )
    )


def _amount(element, minor: int, currency: str):
    return element(f"{money.to_decimal(minor, currency):f}", currencyID=currency)
