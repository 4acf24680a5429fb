"""Files that people send: their type by content, a safe name, limits, and a preview made anew (quality.md §3).

Nothing here trusts a name or a header that the sender wrote; each refusal names the file and says what to do.
"""

import hashlib
import io
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import puremagic
from django.conf import settings
from django.core.files import File
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from trade_assurance.refused import Refused
from trade_assurance.uploads import pictures, texts

NAME_MAX = 150
HEAD = 8192
TAIL = 4096
BOXES_MAX = 10_000


class BadFile(Refused):
    """The file can't be kept, and the sentence says why."""

    def __init__(self, sentence: str, field: str = "files"):
        super().__init__(sentence, field=field)


@dataclass(frozen=True)
class Examined:
    """What a file turned out to be. `preview` is a picture's re-encoded copy."""

    name: str
    content_type: str
    size: int
    sha256: str
    preview: bytes = b""


def safe_name(name: str, fallback: str = "file") -> str:
    """The sender's name without folders, control or direction marks; at most 150 characters, its ending kept."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    shown = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    shown = " ".join(shown.split()).lstrip(". ")
    path = PurePosixPath(shown or fallback)
    ending = path.suffix if len(path.suffix) <= 10 else ""
    stem = shown.removesuffix(ending) or fallback
    return stem[: NAME_MAX - len(ending)].rstrip() + ending


def examine(upload: File, *, max_bytes: int, endings: Collection[str], types: str, purpose: str) -> Examined:
    """What the upload is, by its content; raises BadFile unless it is whole and of a type that is taken.

    `endings` are those of `KINDS` that are taken, `types` says them to a person, `purpose` what the file would be.
    """
    name = safe_name(upload.name or "")
    if upload.size == 0:
        raise BadFile(_("{name} is empty. Choose another file.").format(name=name))
    if upload.size > max_bytes:
        raise BadFile(
            _("{name} is larger than {most} MB. Make it smaller, or split it.").format(
                name=name, most=max_bytes // 2**20
            )
        )
    ending = PurePosixPath(name).suffix.lower()
    if ending not in endings:
        raise BadFile(
            _("{name} is not of a type that we keep as {purpose}. Add it as {types}.").format(
                name=name, purpose=purpose, types=types
            )
        )
    kind = KINDS[ending]
    sha256 = hashlib.sha256()
    upload.seek(0)
    for chunk in upload.chunks():
        sha256.update(chunk)
    upload.seek(0)
    why_not = kind.check(upload)
    if why_not:
        raise BadFile(str(why_not).format(name=name, types=types))
    _scan(upload)
    preview = b""
    if kind.picture:
        upload.seek(0)
        try:
            preview = pictures.preview(upload, kind.picture)
        except pictures.BadPicture as error:
            raise BadFile(str(error).format(name=name)) from error
    upload.seek(0)
    return Examined(name, kind.content_type, upload.size, sha256.hexdigest(), preview)


def _scan(upload: File) -> None:
    """Ask the virus scanner, if one is set; it raises Refused for a file that must not be kept."""
    if settings.EVIDENCE_SCANNER:
        upload.seek(0)
        import_string(settings.EVIDENCE_SCANNER)(upload)


# Each check gets the file and gives what is wrong, with a place for its name; nothing when all is well ---------------

DISGUISED = _lazy("{name} is not what its name says. Save it anew as {types}.")
BROKEN = _lazy("{name} is damaged or was cut off on its way. Upload it again.")


def _looks_like(content_type: str, file: BinaryIO) -> bool:
    """Whether the first bytes are those of the type."""
    file.seek(0)
    try:
        return content_type in {match.mime_type for match in puremagic.magic_string(file.read(HEAD))}
    except (puremagic.PureError, ValueError):
        return False


def _picture(content_type: str, format: str) -> Callable[[BinaryIO], str]:
    def check(file: BinaryIO) -> str:
        if not _looks_like(content_type, file):
            return DISGUISED
        file.seek(0)
        return pictures.too_large(file, format)

    return check


def _pdf(file: BinaryIO) -> str:
    if not _looks_like("application/pdf", file):
        return DISGUISED
    file.seek(max(0, file.size - TAIL))
    return "" if b"%%EOF" in file.read() else BROKEN


def _mp4(file: BinaryIO) -> str:
    """An MP4 is a row of boxes that fill the file exactly; one of them says what it holds."""
    if not _looks_like("video/mp4", file):
        return DISGUISED
    at, found = 0, set()
    for _unused in range(BOXES_MAX):
        if at == file.size:
            return "" if b"moov" in found else BROKEN
        file.seek(at)
        head = file.read(16)
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        elif size == 0:
            size = file.size - at
        if size < 8 or at + size > file.size:
            return BROKEN
        found.add(head[4:8])
        at += size
    return BROKEN


def _text(check: Callable[[BinaryIO], bool], words: str) -> Callable[[BinaryIO], str]:
    def checked(file: BinaryIO) -> str:
        file.seek(0)
        try:
            return "" if check(file) else words
        except texts.NotText:
            return DISGUISED

    return checked


@dataclass(frozen=True)
class Kind:
    """A type of file that can be told by its content."""

    content_type: str
    check: Callable[[BinaryIO], str]
    picture: str = ""  # its format, for pictures


NO_DATA = _lazy("{name} is not whole XML of data alone: without document type, style sheet or page code. Save it anew.")
PAGE_CODE = _lazy("{name} holds code of a web page. Print the page to a PDF and add that.")
JPEG = Kind("image/jpeg", _picture("image/jpeg", "JPEG"), "JPEG")
KINDS = {
    ".pdf": Kind("application/pdf", _pdf),
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": Kind("image/png", _picture("image/png", "PNG"), "PNG"),
    ".webp": Kind("image/webp", _picture("image/webp", "WEBP"), "WEBP"),
    ".mp4": Kind("video/mp4", _mp4),
    ".eml": Kind(
        "message/rfc822", _text(texts.is_mail, _lazy("{name} has no sender and date like an e-mail. Save it anew."))
    ),
    ".xml": Kind("application/xml", _text(texts.is_plain_xml, NO_DATA)),
    ".csv": Kind("text/csv", _text(texts.is_plain, PAGE_CODE)),
    ".txt": Kind("text/plain", _text(texts.is_plain, PAGE_CODE)),
}


def copy_of(preview: bytes) -> File:
    """A preview as a file to store."""
    return File(io.BytesIO(preview), name="preview")


POLICY = "sandbox; default-src 'none'"


def contained(response):
    """What keeps a sender's file from doing anything in the browser, and from lying in a shared cache."""
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response


def download(stored: FieldFile, name: str) -> FileResponse:
    """An original, byte for byte, always as a download."""
    response = FileResponse(stored.open("rb"), as_attachment=True, filename=name)
    response["Content-Type"] = "application/octet-stream"
    return contained(response)
