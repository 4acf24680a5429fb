"""Puts a case file together: a ZIP on disk, file by file, never whole in memory."""

import hashlib
import json
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import structlog
from django.conf import settings
from django.utils import translation

from accounts.models import User
from disputes.casefile import books, papers, reader, signing
from disputes.casefile.reader import Reader
from disputes.models import Dispute
from events import chain, roots
from events.models import Event
from ledger.proof import one_moment
from orders import contract_pdf, ubl
from orders.models import Order
from orders.terms import canonical

HERE = Path(__file__).parent
FORMAT = "trade-assurance/case-file/1"
CHUNK = 2**20
PACKED = (".jpg", ".jpeg", ".png", ".webp", ".mp4", ".pdf")  # compressed already

logger = structlog.get_logger(__name__)


class Packer:
    """Writes files into a ZIP and notes each with its size and SHA-256."""

    def __init__(self, into: BinaryIO, now: datetime):
        self.zip = zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED)
        self.stamp = now.astimezone(UTC).timetuple()[:6]
        self.files: list[dict] = []
        self.missing: list[str] = []

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name, date_time=self.stamp)
        info.external_attr = 0o644 << 16
        info.compress_type = zipfile.ZIP_STORED if name.endswith(PACKED) else zipfile.ZIP_DEFLATED
        return info

    def add(self, name: str, content: bytes | str, *, listed: bool = True) -> None:
        content = content.encode() if isinstance(content, str) else content
        self.zip.writestr(self._info(name), content)
        if listed:
            self.files.append({"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()})

    def add_json(self, name: str, content) -> None:
        self.add(name, json.dumps(content, ensure_ascii=False, indent=1) + "\n")

    def copy(self, name: str, stored) -> None:
        """A stored file chunk by chunk; one that storage has lost is noted as missing."""
        try:
            source = stored.open("rb")
        except FileNotFoundError:
            logger.error("file of a case file is lost", path=name)
            self.missing.append(name)
            return
        digest, size = hashlib.sha256(), 0
        with source, self.zip.open(self._info(name), "w", force_zip64=True) as target:
            while chunk := source.read(CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
        self.files.append({"path": name, "size": size, "sha256": digest.hexdigest()})


def build(*, order_id: int, by: User, now: datetime) -> BinaryIO:
    """The case file of an order as this person may see it, in a temporary file that stands at its beginning.

    The caller has asked whether the person may have it, and logs it for staff. All is read as of one moment.
    """
    file = tempfile.TemporaryFile(prefix="case-file-")
    try:
        with one_moment(), translation.override("en"):  # one text for both sides, banks and courts
            order = Order.objects.select_related("buyer", "supplier").get(pk=order_id)
            packer = Packer(file, now)
            _pack(packer, order, reader.reader_for(order, by), now)
        packer.zip.close()
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _pack(packer: Packer, order: Order, who: Reader, now: datetime) -> None:
    events = list(Event.objects.about("order", order.id).select_related("personal"))
    seen = [event for event in events if who.sees(event, order)]
    told = {"reference": order.reference, "reader": _named(who), "site": settings.SITE_URL}
    made_at = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    packer.add("README.txt", (HERE / "readme.txt").read_text().format(made_at=made_at, **told))
    packer.add("verify.py", (HERE / "verify.py").read_bytes())
    shown = {event.number for event in seen}
    packer.add("public/events.jsonl", b"".join(chain.line(e, withheld=e.number not in shown) for e in events))
    packer.add("public/ledger.csv", books.ledger(order, who))
    packer.add_json("public/root.json", _root(order))
    packer.add_json("private/order.json", papers.order_now(order))
    packer.add("private/personal.jsonl", _personal([e for e in seen if who.sees_personal(e, order)]))
    packer.add_json("private/money.json", books.money_of(order, who))
    packer.add_json("private/messages.json", papers.messages(order))
    packer.add_json("private/shipments.json", papers.shipments(order))
    packer.add_json("private/review.json", papers.review(order, who))
    _contract(packer, order)
    _receipt(packer, order, who)
    for dispute in order.disputes.order_by("id"):
        _case(packer, dispute, who)
    actors = {event.actor_id for event in seen} | set(order.messages.values_list("author_id", flat=True))
    packer.add_json("private/people.json", reader.names(actors, order, who))
    manifest = {
        "format": FORMAT,
        "order": order.reference,
        "made_at": made_at,
        "for": who.side,
        "currency": order.currency,
        "events": events[-1].number if events else 0,
        "head": events[-1].hash if events else "",
        "escrow_minor": order.escrow_minor,
        "files": sorted(packer.files, key=lambda row: row["path"]),
        "missing": packer.missing,
    }
    content = json.dumps(manifest, ensure_ascii=False, indent=1).encode() + b"\n"
    packer.add("manifest.json", content, listed=False)
    packer.add("manifest.sig", json.dumps(signing.sign(content), indent=1) + "\n", listed=False)


def _named(who: Reader) -> str:
    return "our staff" if who.is_staff else f"the {who.side}"


def _personal(events: list[Event]) -> bytes:
    """Personal values that are still kept, with the salts that open their commitments."""
    kept = [(event.number, event.personal) for event in events if getattr(event, "personal", None)]
    lines = ({"number": number, "salt": each.salt, "values": each.values} for number, each in kept)
    return b"".join(chain.canonical(line) + b"\n" for line in lines)


def _root(order: Order) -> dict:
    found = roots.inclusion("order", order.id)
    if found is None:
        return {}
    return {
        "day": found.root.day.isoformat(),
        "root": found.root.root,
        "event": found.event.number,
        "head": found.event.hash,
        "steps": [list(step) for step in found.steps],
    }


def _contract(packer: Packer, order: Order) -> None:
    packer.add_json("private/contract/versions.json", papers.versions(order))
    named = set()
    for version in order.versions.sent().order_by("number"):
        version.order = order
        name = f"version-{version.number}"
        document = canonical(version.document)
        if order.emptied_at and hashlib.sha256(document).hexdigest() != version.fingerprint:
            packer.add(f"private/contract/erased/{name}.json", document)  # what is left is not what was signed
        else:
            packer.add(f"private/contract/{name}.json", document)
        packer.add(f"private/contract/paper/{name}.pdf", contract_pdf.pdf(version))
        packer.add(f"private/contract/ubl/{name}.xml", ubl.order_xml(version))
        named |= {file["sha256"] for file in version.document.get("attachments", ())}
    kept = order.attachments.filter(sha256__in=named).exclude(file="")
    for attachment in kept.order_by("sha256", "id").distinct("sha256"):
        packer.copy(f"private/contract/files/{attachment.sha256[:16]}{_ending(attachment.name)}", attachment.file)


def _receipt(packer: Packer, order: Order, who: Reader) -> None:
    packer.add_json("private/receipt/receipt.json", papers.receipt(order))
    for photo in papers.photos(order, who).exclude(file=""):
        packer.copy(f"private/receipt/photo-{photo.id}{_ending(photo.name)}", photo.file)
    for later in order.later_receipts.exclude(proof="").order_by("id"):
        packer.copy(f"private/receipt/later-{later.id}{_ending(later.name)}", later.proof)


def _case(packer: Packer, dispute: Dispute, who: Reader) -> None:
    packer.add_json(f"private/cases/{dispute.reference}.json", papers.case(dispute, who))
    for each in dispute.evidence.exclude(file="").order_by("number"):
        packer.copy(f"private/evidence/{dispute.reference}/{each.number:03d}{_ending(each.name)}", each.file)
    for decision in papers.decisions(dispute, who).filter(published_at__isnull=False):
        name = f"private/decisions/{dispute.reference}-{decision.number}.json"
        packer.add(name, chain.canonical(decision.document))


def _ending(name: str) -> str:
    """The ending of a sender's name, which is one of those that we keep; its other letters may say too much."""
    ending = PurePosixPath(name).suffix.lower()
    return ending if ending[1:].isalnum() and ending.isascii() else ".bin"
