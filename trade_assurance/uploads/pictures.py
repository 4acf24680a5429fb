"""Pictures that people send: how large they are, from the header alone, and a copy made anew without metadata."""

import io
import struct
from typing import BinaryIO

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from PIL import Image, ImageOps

PIXELS_MAX = 8192 * 6144  # what phones take at most with one lens; 200 MB decoded
WEBP_PIXELS_MAX = PIXELS_MAX // 2  # its decoder keeps everything twice
SIDE_MAX = 1600  # of a preview
SCANS_MAX = 64  # passes of a JPEG; a progressive one has about ten, and each pass costs as much as the whole
# what Pillow raises for files that are not what their header says
UNREADABLE = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError, EOFError, struct.error)


class BadPicture(Exception):
    """The picture can't be read to its end."""


# what is wrong, with a place for the file's name
TOO_MANY_SCANS = format_lazy(
    _lazy("{name} is a JPEG of more than {most} passes. Save it anew as a plain one."), name="{name}", most=SCANS_MAX
)
BROKEN = _lazy("{name} is damaged or was cut off on its way. Upload it again.")


def too_large(file: BinaryIO, format: str) -> str:
    """What is wrong with its size, read from the header before anything is decoded; nothing if all is well."""
    most = WEBP_PIXELS_MAX if format == "WEBP" else PIXELS_MAX
    words = _("{name} has more than {most} megapixels. Make it smaller and add it again.")
    words = words.format(name="{name}", most=most // 10**6)
    try:
        width, height = _webp_size(file) if format == "WEBP" else Image.open(file, formats=[format]).size
    except Image.DecompressionBombError:
        return words
    except UNREADABLE:
        return BROKEN
    if width * height > most:
        return words
    if format == "JPEG" and _scans(file) > SCANS_MAX:
        return TOO_MANY_SCANS
    return "" if width and height else BROKEN


def _webp_size(file: BinaryIO) -> tuple[int, int]:
    """The size of a WebP from its first chunk; Pillow would make room for all pixels before it tells."""
    head = file.read(30)
    kind, body = head[12:16], head[20:30]
    if len(body) < 10:
        raise ValueError("cut off")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF


def _scans(file: BinaryIO) -> int:
    """How many passes a JPEG has; in its data a byte FF is always followed by 00, so each FF DA begins one."""
    file.seek(0)
    found, before = 0, b""
    while chunk := file.read(1 << 20):
        found += (before + chunk).count(b"\xff\xda")
        before = chunk[-1:] if chunk[-1:] == b"\xff" else b""
    return found


def preview(file: BinaryIO, format: str) -> bytes:
    """A copy at most 1600 pixels wide and high, upright, without metadata: PNG if it is see-through, else JPEG."""
    try:
        picture = Image.open(file, formats=[format])
        if picture.mode in ("P", "PA"):
            picture = picture.convert("RGBA")
        picture.thumbnail((SIDE_MAX, SIDE_MAX))
        picture.load()
        picture = ImageOps.exif_transpose(picture)
        mode = "RGBA" if picture.has_transparency_data else "RGB"
        picture = picture.convert(mode)
    except (*UNREADABLE, Image.DecompressionBombError) as error:
        raise BadPicture(BROKEN) from error
    clean = Image.new(mode, picture.size)
    clean.paste(picture)
    kept = io.BytesIO()
    if mode == "RGBA":
        clean.save(kept, "PNG", optimize=True)
    else:
        clean.save(kept, "JPEG", quality=85, optimize=True)
    return kept.getvalue()


def type_of_preview(first: bytes) -> str:
    """The media type of a preview that we made."""
    return "image/png" if first.startswith(b"\x89PNG") else "image/jpeg"
