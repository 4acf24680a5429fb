"""Which kind of statement a file is, by its first bytes; what is none of them is refused."""

from collections.abc import Iterator
from typing import BinaryIO

from payments.statements import camt, mt940
from payments.statements.reading import Closed, Entry, Opened, Unreadable, numbered

BEGINNING = 64 * 2**10


def open_statement(source: BinaryIO) -> tuple[str, Iterator[Opened | Entry | Closed]]:
    """The kind of a statement file, and the stream of what it holds. `source` can seek. Raises Unreadable."""
    source.seek(0)
    beginning = source.read(BEGINNING)
    source.seek(0)
    if not beginning.strip():
        raise Unreadable("The file is empty.")
    if beginning.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        kind, stream = camt.read(source, beginning)
    elif mt940.looks_like(beginning):
        kind, stream = "mt940", mt940.read(source)
    else:
        raise Unreadable("This is no statement that can be read here: camt.053, camt.054 (XML) or MT940.")
    return kind, numbered(stream)
