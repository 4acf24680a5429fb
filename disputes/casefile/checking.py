"""Checks what people bring to the page /verify/: a case file, any file, or a number; says what holds and what does not.

Nothing of it is kept. A case file is compared with itself by `verify`, then with our signature, our chain, our roots.
"""

import hashlib
import json
import re
import struct
import zipfile
from dataclasses import dataclass, field

from django.core.files import File
from django.utils.translation import gettext as _

from disputes.casefile import signing, verify
from disputes.casefile.saying import said
from disputes.models import Decision, Evidence
from events.models import Event, Root
from orders.certificate import order_of
from orders.models import ContractVersion, Order
from trade_assurance.refused import Refused
from trade_assurance.templatetags.ta import day, moment

UPLOAD_MOST = 64 * 2**20
UNPACKED_MOST = 400 * 2**20
TEXT_MOST = 16 * 2**20  # of a part that is read whole
INDEX_MOST = 512 * 2**10  # bytes of a ZIP's table of contents
SENTENCES_MOST = 100
END, END_64 = b"PK\x05\x06", b"PK\x06\x07"


@dataclass
class Answer:
    """What was found, in sentences; `holds` is False as soon as one thing is wrong."""

    what: str
    headline: str = ""
    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    facts: dict = field(default_factory=dict)
    root: Root | None = None

    @property
    def holds(self) -> bool:
        return not self.wrong


def check_file(upload: File) -> Answer:
    """Check an upload. Raises Refused for one that is empty or too large to be read here."""
    if not upload.size:
        raise Refused(_("This file is empty. Choose another."), field="file")
    if upload.size > UPLOAD_MOST:
        raise Refused(
            _(
                "This is larger than {most} MB. Check it on your own machine by the verify.py in "
                "it. Or bring its public part alone: manifest.json, manifest.sig, README.txt, verify.py "
                "and the folder public."
            ).format(most=UPLOAD_MOST // 2**20),
            field="file",
        )
    if not _is_readable_zip(upload):
        return _plain_file(upload)
    upload.seek(0)
    found = verify.check(upload, most=UNPACKED_MOST)
    answer = Answer("case file", right=said(found.holds), wrong=said(found.wrong[:SENTENCES_MOST]), facts=found.facts)
    if found.facts:
        _ours(upload, answer)
    answer.headline = (
        _("This case file is whole, and it is the one that we made.")
        if answer.holds
        else _("Something is wrong with this case file.")
    )
    return answer


def _is_readable_zip(upload: File) -> bool:
    """Whether it is a ZIP; raises Refused for one that is made to be a burden."""
    upload.seek(max(0, upload.size - 2**16 - 22))
    tail = upload.read()
    at = tail.rfind(END)
    upload.seek(0)
    if at < 0 or len(tail) < at + 22:
        return False
    size = struct.unpack_from("<L", tail, at + 12)[0]
    if END_64 in tail[max(0, at - 20) : at] or size > INDEX_MOST:
        raise Refused(_("This ZIP holds more files than a case file has. We do not read it here."), field="file")
    try:
        infos = zipfile.ZipFile(upload).infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        raise Refused(_("This ZIP is damaged: it cannot be opened. Download it again, then try again.")) from None
    read_whole = (info for info in infos if not info.filename.startswith(("private/evidence/", "private/receipt/")))
    if any(info.file_size > TEXT_MOST and info.filename.endswith((".json", ".jsonl", ".csv")) for info in read_whole):
        raise Refused(_("A part of this ZIP is larger than in any case file. We do not read it here."), field="file")
    return True


def _ours(upload: File, answer: Answer) -> None:
    """Compare with what only we know: our signature, the order's chain as we have it, the published roots."""
    upload.seek(0)
    box = zipfile.ZipFile(upload)
    try:
        content, seal = box.read("manifest.json"), json.loads(box.read("manifest.sig"))
        manifest = json.loads(content)
        number, head = int(manifest["events"]), str(manifest["head"])
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile):
        answer.wrong.append(_("Its list of files or our signature of it is missing or cannot be read."))
        return
    if isinstance(seal, dict) and signing.is_ours(content, seal):
        answer.right.append(_("We signed its list of files."))
    else:
        answer.wrong.append(_("Its list of files is not one that we signed: it was changed, or we did not make it."))
    orders = Order.objects.filter(reference=str(manifest.get("order", ""))[:20]).values("id")
    last = Event.objects.filter(subject_kind="order", subject_id__in=orders, hash=head)
    if 0 < number < 2**31 and last.filter(number=number).exists():
        answer.right.append(
            _("Event {number}, its last, is the same in our own record of the order.").format(number=number)
        )
    elif number or head:
        answer.wrong.append(_("Its last event is not in our own record of the order."))
    if (root := answer.facts.get("root")) is not None:
        answer.root = Root.objects.filter(root=str(root)[:64]).first()
        if answer.root is not None and str(answer.root.day) == answer.facts.get("day"):
            answer.right.append(_("The root that it leads to is one that we published."))
        else:
            answer.wrong.append(_("The root that it leads to is none that we published."))


def _plain_file(upload: File) -> Answer:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    return check_number(digest.hexdigest(), what="file")


def check_number(text: str, *, what: str = "number") -> Answer:
    """What a fingerprint (SHA-256) is of: a contract, a piece of evidence, a decision or a root. It names nobody."""
    number = re.sub(r"[\s:]", "", text).lower()
    if what == "number" and order_of(text) is not None:
        return Answer("certificate", _("This is the number of a certificate of coverage."))
    if not re.fullmatch(r"[0-9a-f]{64}", number):
        raise Refused(
            _("This is no number of ours. A fingerprint has 64 figures and letters from a to f, a certificate 26."),
            field="number",
        )
    answer = Answer(what, facts={"sha256": number})
    if root := Root.objects.filter(root=number).first():
        answer.root = root
        answer.headline = _("This is the root that we published for {day}.").format(day=day(root.day))
    elif version := ContractVersion.objects.sent().filter(fingerprint=number).order_by("id").first():
        sent = (
            _("This is the fingerprint of a contract, sent on {day} (UTC). Both sides have signed it.")
            if version.accepted_by_both
            else _("This is the fingerprint of a contract, sent on {day} (UTC). It was not signed by both sides.")
        )
        answer.headline = sent.format(day=day(version.sent_at, "UTC"))
    elif kept := Evidence.objects.filter(sha256=number).order_by("id").first():
        at = moment(kept.added_at, "UTC")
        answer.headline = _("This file was added as evidence on {at}, and is unchanged.").format(at=at)
    elif decided := Decision.objects.filter(digest=number, status=Decision.Status.FINAL).first():
        published = day(decided.published_at, "UTC")
        answer.headline = _("This is the fingerprint of a decision, published on {day} (UTC).").format(day=published)
    else:
        answer.headline = _("We know nothing with this fingerprint.")
        answer.wrong.append(_("Either it is not one of ours, or a character or a byte of it was changed."))
    return answer
