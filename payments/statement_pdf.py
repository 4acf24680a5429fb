"""The supplier's statement as a PDF, drawn page by page, however many movements it has."""

from datetime import UTC, datetime
from typing import BinaryIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from payments.supplier_statement import Statement
from trade_assurance import money
from trade_assurance.paper import fitting, write

LEFT, RIGHT, TOP, BOTTOM, STEP = 48, A4[0] - 48, A4[1] - 56, 56, 15
COLUMNS = (("Date (UTC)", LEFT), ("Movement", LEFT + 62), ("Order", LEFT + 252))
FIGURES = (("Owed to you", RIGHT - 140), ("You owe us", RIGHT - 70), ("Balance", RIGHT))
GAP = 6


def draw(statement: Statement, into: BinaryIO, *, now: datetime) -> None:
    """Write the whole statement into a file."""
    paper = _Paper(Canvas(into, pagesize=A4, pageCompression=1), statement, now)
    balance = statement.opening_minor()
    paper.line("", "Balance before", "", (None, None, balance), bold=True)
    for row in statement.every_row():
        balance = row.balance_minor
        day = f"{row.at.astimezone(UTC):%d %b %Y}"
        paper.line(day, row.said, row.order_reference, (row.owed_minor, row.owes_minor, balance))
    paper.line("", "Balance after", "", (None, None, balance), bold=True)
    paper.close()


class _Paper:
    """Where the next line goes, with head and foot on each page."""

    def __init__(self, canvas: Canvas, statement: Statement, now: datetime):
        self.canvas, self.statement, self.now = canvas, statement, now
        self.canvas.setTitle(f"Statement: {statement.title}")
        self.page = 0
        self._begin()

    def _begin(self) -> None:
        self.page += 1
        self.y = TOP
        self._text(LEFT, fitting(f"Statement of {self.statement.supplier.name}", RIGHT - LEFT, size=14), 14, bold=True)
        self.y -= 18
        period = f"Month {self.statement.month}" if self.statement.month else "All movements"
        self._text(
            LEFT,
            f"{period}, {self.statement.currency}. Drawn {self.now.astimezone(UTC):%d %b %Y, %H:%M} UTC.",
            9,
        )
        self._text(RIGHT, f"Page {self.page}", 9, right=True)
        self.y -= 26
        for label, x in COLUMNS:
            self._text(x, label, 8, bold=True)
        for label, x in FIGURES:
            self._text(x, label, 8, bold=True, right=True)
        self.canvas.line(LEFT, self.y - 4, RIGHT, self.y - 4)
        self.y -= STEP + 2

    def line(self, day: str, words: str, order: str, figures, *, bold: bool = False) -> None:
        if self.y < BOTTOM:
            self.canvas.showPage()
            self._begin()
        words = fitting(words, COLUMNS[2][1] - COLUMNS[1][1] - GAP, size=8)
        for (_, x), text in zip(COLUMNS, (day, words, order), strict=True):
            self._text(x, text, 8, bold=bold)
        for (_, x), minor in zip(FIGURES, figures, strict=True):
            if minor is not None and (minor or bold or x == RIGHT):
                self._text(x, money.format_amount(minor, self.statement.currency), 8, bold=bold, right=True)
        self.y -= STEP

    def _text(self, x: int, text: str, size: int, *, bold: bool = False, right: bool = False) -> None:
        write(self.canvas, x, self.y, text, size=size, bold=bold, right=right)

    def close(self) -> None:
        self.canvas.save()
