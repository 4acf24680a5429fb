"""Many rows into a table at once, by COPY: constraints and triggers hold as for any insert; nothing is read back."""

import re
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection

CHUNK = 64 * 2**10  # characters that are handed over at once, so that the server writes while we make more
_SPECIAL = re.compile(r"[\\\t\n\r]")
_ESCAPED = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence]) -> None:
    """Insert rows of texts, whole numbers, booleans, days, moments and None; `table` and `columns` are ours.

    Belongs inside a transaction. Raises IntegrityError and its like, as an insert does; then nothing was written.
    """
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY {table} ({', '.join(columns)}) FROM STDIN", _Lines(rows))


def draw_ids(table: str, count: int) -> list[int]:
    """Fresh ids of a table's rows, for what has to be known before the rows are copied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


class _Lines:
    """The rows as the text that COPY reads."""

    def __init__(self, rows: Iterable[Sequence]):
        self.chunks, self.left = _chunks(rows), ""

    def read(self, size: int) -> str:
        if not self.left:
            self.left = next(self.chunks, "")
        shown, self.left = self.left[:size], self.left[size:]
        return shown


def _chunks(rows: Iterable[Sequence]) -> Iterator[str]:
    lines, length = [], 0
    for row in rows:
        line = "\t".join([_text(value) for value in row])
        lines.append(line)
        length += len(line)
        if length > CHUNK:
            yield "\n".join(lines) + "\n"
            lines, length = [], 0
    if lines:
        yield "\n".join(lines) + "\n"


def _text(value) -> str:
    if value is None:
        return "\\N"
    text = value if type(value) is str else str(value)
    return text.translate(_ESCAPED) if _SPECIAL.search(text) else text
