"""Case files in tests: made for a person, read, meddled with, and listed anew as somebody would who knows how."""

import hashlib
import io
import json
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile

from disputes.actions.evidencing import add_evidence
from disputes.casefile import packing, verify
from events import chain
from orders import actions as order_actions
from tests.disputes import staff

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def decided(world, by):
    """A decided case with evidence of both sides; the order, and the moment after."""
    dispute, now = staff.held(world, by)
    decision = staff.propose(dispute, by, now)
    assert decision.published_at is not None
    return dispute.order, now


def prove(dispute, by, key, *, now, content=PDF, name="scratch of Anna.pdf"):
    upload = SimpleUploadedFile(name, content + str(key).encode() + b"\n%%EOF\n")
    return add_evidence(dispute_id=dispute.id, key=key, upload=upload, note="Scratches", by=by, now=now)


def write(order, by, body, key, now):
    order_actions.write_message(order_id=order.id, key=key, body=body, by=by, now=now)


def made(order, by, now) -> dict[str, bytes]:
    """The files of the order's case file for this person."""
    with packing.build(order_id=order.id, by=by, now=now) as file, zipfile.ZipFile(file) as box:
        return {name: box.read(name) for name in box.namelist()}


def zipped(files) -> io.BytesIO:
    """A ZIP of these files, pairs or a dict."""
    box = io.BytesIO()
    with zipfile.ZipFile(box, "w") as written:
        for name, content in files.items() if isinstance(files, dict) else files:
            written.writestr(name, content)
    box.seek(0)
    return box


def listed(files: dict, **changes) -> dict:
    """The files with a list that agrees with them, as somebody makes it who meddles with care; the signature is old."""
    manifest = json.loads(files["manifest.json"]) | changes
    manifest["files"] = [
        {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in sorted(files.items())
        if not name.startswith("manifest.")
    ]
    content = json.dumps(manifest).encode()
    seal = json.loads(files["manifest.sig"]) | {"sha256": hashlib.sha256(content).hexdigest()}
    return files | {"manifest.json": content, "manifest.sig": json.dumps(seal).encode()}


def events_of(files: dict) -> list[dict]:
    return [json.loads(line) for line in files["public/events.jsonl"].splitlines()]


def with_events(files: dict, events: list[dict]) -> dict:
    """These events instead, the list agreeing with them."""
    lines = b"".join(chain.canonical(event) + b"\n" for event in events)
    return listed(files | {"public/events.jsonl": lines})


def chained(events: list[dict]) -> list[dict]:
    """The events numbered and hashed anew from the first on, as if nothing had been changed."""
    found, previous = [], ""
    for number, event in enumerate(events, 1):
        place = {name: value for name, value in event.items() if name != "hash"}
        place |= {"number": number, "previous": previous}
        said = place["said"] if isinstance(place["said"], str) else digest(place["said"])
        previous = digest(place | {"said": said})
        found.append(place | {"hash": previous})
    return found


def digest(content: dict) -> str:
    return hashlib.sha256(chain.canonical(content)).hexdigest()


def is_withheld(event: dict) -> bool:
    return isinstance(event["said"], str)


def wrong(files) -> list[str]:
    """What the verifier finds wrong."""
    return verify.check(zipped(files)).wrong
