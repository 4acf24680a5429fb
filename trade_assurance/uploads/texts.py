"""Texts that people send: plain text, tables, e-mails and XML that hold words and data, and nothing that runs."""

import re
from collections.abc import Iterator
from email.parser import BytesHeaderParser
from typing import BinaryIO
from xml.parsers import expat

CHUNK = 64 * 1024
OVERLAP = 64
MAIL_HEAD = 256 * 1024
DEPTH_MAX = 100
ELEMENTS_MAX = 500_000
TOKEN_MAX = 1024 * 1024  # of a tag: older expat reads an unfinished one anew with each piece
# bytes that no text holds: all controls but tab, line feed, form feed, carriage return, and Japanese mail's escape
NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
PAGE_CODE = re.compile(rb"<(?:!doctype|\?xml|html|head|body|script|svg|iframe|img|object|embed|style|form)\b", re.I)
OTHER_TYPES = (b"%PDF-", b"{\\rtf", b"MZ\x90", b"PK\x03\x04")
PAGE_NAMESPACES = ("http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml", "http://www.w3.org/1999/XSL/Transform")
PAGE_NAMES = {"html", "script", "svg", "iframe"}


class NotText(Exception):
    """These bytes are no text."""


class _NotData(Exception):
    """An XML file that declares, includes or runs something."""


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file's bytes in pieces; raises NotText for bytes that no text in UTF-8 or a Latin encoding holds."""
    first = True
    while chunk := file.read(CHUNK):
        if NO_TEXT.search(chunk) or (first and chunk.startswith(OTHER_TYPES)):
            raise NotText
        first = False
        yield chunk


def is_plain(file: BinaryIO) -> bool:
    """Whether it is text without the code of a web page; raises NotText."""
    before, plain = b"", True
    for chunk in _chunks(file):
        plain = plain and not PAGE_CODE.search(before + chunk)
        before = chunk[-OVERLAP:]
    return plain


def is_mail(file: BinaryIO) -> bool:
    """Whether it is text that begins with an e-mail's headers, its sender and date among them; raises NotText."""
    for _ in _chunks(file):
        pass
    file.seek(0)
    headers = BytesHeaderParser().parsebytes(file.read(MAIL_HEAD))
    return "From" in headers and "Date" in headers and not headers.defects


def is_plain_xml(file: BinaryIO) -> bool:
    """Whether it is whole XML of data alone: no document type, entity, style sheet, web page or drawing with scripts.

    A document type is refused where it begins, so that no entity is ever expanded; nothing is fetched.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    depth = elements = 0

    def refuse(*what) -> None:
        raise _NotData

    def start(name: str, attributes: dict) -> None:
        nonlocal depth, elements
        depth += 1
        elements += 1
        if depth > DEPTH_MAX or elements > ELEMENTS_MAX:
            raise _NotData
        namespace, _, local = name.rpartition(" ")
        if namespace in PAGE_NAMESPACES or local.lower() in PAGE_NAMES:
            raise _NotData

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def instruct(target: str, data: str) -> None:
        if target.lower() == "xml-stylesheet":
            raise _NotData

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.ProcessingInstructionHandler = instruct
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        fed = 0
        while chunk := file.read(CHUNK):
            parser.Parse(chunk)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > TOKEN_MAX:
                return False
        parser.Parse(b"", True)
    except (expat.ExpatError, _NotData, LookupError, ValueError):
        return False
    return True
