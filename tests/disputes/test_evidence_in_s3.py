"""Files in S3-compatible storage: a small server that keeps objects as S3 does, and a case that uses it."""

import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from disputes.actions.evidencing import add_evidence
from disputes.models import Evidence
from tests import cases
from tests.disputes.test_evidence import picture


class Bucket(BaseHTTPRequestHandler):
    """The four verbs that a storage needs, for one bucket."""

    objects: dict[str, bytes] = {}

    def body(self) -> bytes:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if "aws-chunked" not in self.headers.get("Content-Encoding", ""):
            return content
        parts = []
        while True:
            head, _, content = content.partition(b"\r\n")
            size = int(head.split(b";")[0], 16)
            if size == 0:
                return b"".join(parts)
            parts.append(content[:size])
            content = content[size + 2 :]

    def say(self, status: int, content: bytes = b"", length: int | None = None):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.send_header("ETag", '"0"')
        self.end_headers()
        self.wfile.write(content)

    def do_PUT(self):
        assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=key/")
        self.objects[self.path] = self.body()
        self.say(200)

    def do_HEAD(self):
        kept = self.objects.get(self.path)
        self.say(404 if kept is None else 200, length=len(kept or b""))

    def do_GET(self):
        kept = self.objects.get(self.path)
        self.say(404 if kept is None else 200, kept or b"")

    def do_DELETE(self):
        self.objects.pop(self.path, None)
        self.say(204)

    def log_message(self, *args):
        pass


@pytest.fixture
def bucket(settings):
    """The objects by their path, and the site's storage set to them as `S3_BUCKET` sets it."""
    Bucket.objects = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    options = {
        "bucket_name": "evidence",
        "endpoint_url": f"http://127.0.0.1:{server.server_port}",
        "region_name": "us-east-1",
        "access_key": "key",
        "secret_key": "secret",
        "signature_version": "s3v4",
        "addressing_style": "path",
        "file_overwrite": False,
        "max_memory_size": 2 * 2**20,
    }
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    }
    yield Bucket.objects
    server.shutdown()
    server.server_close()


def test_evidence_lies_in_the_bucket_and_comes_back_through_the_site(bucket, client, world, monkeypatch):
    dispute = cases.claimed(world)
    content = picture("JPEG")

    def add(content):
        return add_evidence(
            dispute_id=dispute.id,
            key=uuid.uuid4(),
            upload=SimpleUploadedFile("lamp.jpg", content),
            note="",
            by=world.buyer,
            now=dispute.filed_at,
        )

    kept = add(content)
    assert default_storage.bucket_name == "evidence"
    assert set(bucket) == {f"/evidence/{kept.file.name}", f"/evidence/{kept.preview.name}"}
    assert bucket[f"/evidence/{kept.file.name}"] == content
    client.force_login(world.seller)
    answer = client.get(reverse("disputes:file", args=[dispute.reference, 1]))
    assert b"".join(answer.streaming_content) == content
    assert client.get(reverse("disputes:preview", args=[dispute.reference, 1])).status_code == 200

    def fail(*args, **kwargs):
        raise RuntimeError("the database went away")

    monkeypatch.setattr("disputes.actions.evidencing.record", fail)
    with pytest.raises(RuntimeError):
        add(picture("JPEG"))
    assert len(bucket) == 2 and Evidence.objects.count() == 1
