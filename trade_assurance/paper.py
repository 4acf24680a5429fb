"""Papers that people print: one look, and text letter by letter in a font that has the letter.

Every font is in the file, with the letters that are used. Arabic and Hebrew are joined and set from the right. A letter
that no font has becomes its base letter or a box, and the paper says so.
"""

import io
import unicodedata
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files
from itertools import groupby
from xml.sax.saxutils import escape

from arabic_reshaper import reshape
from bidi.algorithm import get_display
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

# Name, file, and file of the bold; the first that has a letter draws it
_FONTS = (
    ("SourceSans3", "source-sans/ttf/SourceSans3-Regular", "source-sans/ttf/SourceSans3-Bold"),
    *(
        (name, f"kurinto/ttf/{name}-Rg", f"kurinto/ttf/{name}-Bd")
        for name in ("KurintoSans", "KurintoSansSC", "KurintoSansTC", "KurintoSansJP", "KurintoSansKR")
    ),
)
REGULAR, HEAVY = "SourceSans3", "SourceSans3-Heavy"
UNKNOWN = "□"
STRIPPED = str.maketrans("ŁłĐđıĦħŦŧ", "LlDdiHhTt")  # letters whose stroke Unicode does not count as an accent
LOST = "Some letters can't be printed here; the page on the site has them."


@cache
def _known(name: str) -> set[int]:
    """The letters of a font, which is read when it is first asked for."""
    font, regular, heavy = next(each for each in _FONTS if each[0] == name)
    for called, file in ((font, regular), (f"{font}-Heavy", heavy)):
        path = files("weblate_fonts") / "static" / "weblate_fonts" / f"{file}.ttf"
        pdfmetrics.registerFont(TTFont(called, str(path)))
    return set(pdfmetrics.getFont(font).face.charToGlyph)


_known(REGULAR)
pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=HEAVY, italic=REGULAR, boldItalic=HEAVY)

INK, QUIET, RULE, ALARM = (colors.HexColor(code) for code in ("#1b1f24", "#4a525c", "#c9ced6", "#a3160f"))
PLAIN = ParagraphStyle("plain", fontName=REGULAR, fontSize=10, leading=13, textColor=INK)
BOLD = ParagraphStyle("bold", parent=PLAIN, fontName=HEAVY)
RIGHT = ParagraphStyle("right", parent=PLAIN, alignment=2)
SMALL = ParagraphStyle("small", parent=PLAIN, fontSize=8, leading=11, textColor=QUIET)
HEAD = ParagraphStyle("head", parent=BOLD, fontSize=16, leading=21, spaceAfter=1 * mm)
MARGIN = 22 * mm
WIDTH = A4[0] - 2 * MARGIN


@cache
def _font_of(letter: str) -> tuple[str, str]:
    """The font for a letter, "" for the style's own, and what is drawn: the letter, its base letter, or a box."""
    plain = unicodedata.normalize("NFKD", letter)[:1].translate(STRIPPED)
    for drawn in (letter, plain, UNKNOWN):
        for font, _, _ in _FONTS:
            if drawn == "\n" or ord(drawn) in _known(font):
                return "" if font == REGULAR else font, drawn
    return "", "?"


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """A text cut into runs of one font each: the font, "" for the style's own, and what is drawn."""
    text = text.replace("\r", "")
    if any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text):
        text = "\n".join(get_display(reshape(line)) for line in text.split("\n"))
    for font, letters in groupby(map(_font_of, text), key=lambda each: each[0]):
        yield font, "".join(drawn for _, drawn in letters)


def is_all_drawn(*texts: str) -> bool:
    """Whether every letter of some texts can be drawn as it is."""
    return all(_font_of(letter)[1] == letter for letter in set("".join(texts)) - {"\r"})


def shown(text: str, style: ParagraphStyle = PLAIN) -> Paragraph:
    """Text as a paragraph, in fonts that have its letters; nothing in it counts as mark-up."""
    runs, wide = [], False
    for font, words in _runs(text):
        words = escape(words).replace("\n", "<br/>")
        wide = wide or bool(font)
        heavy = "-Heavy" if style.fontName == HEAVY else ""
        runs.append(f'<font name="{font}{heavy}">{words}</font>' if font else words)
    if wide:
        style = ParagraphStyle(f"{style.name}-wide", parent=style, wordWrap="CJK")
    return Paragraph("".join(runs), style)


def said_if_lost(*texts: str) -> list[Paragraph]:
    """The sentence that some letters of these texts can't be printed; nothing when all can."""
    return [] if is_all_drawn(*texts) else [shown(LOST, SMALL)]


def write(canvas: Canvas, x: float, y: float, text: str, *, size: int, bold: bool = False, right: bool = False) -> None:
    """One line of text on a canvas, from `x` on, or up to it."""
    runs = [((font or REGULAR) + ("-Heavy" if bold else ""), words) for font, words in _runs(text.replace("\n", " "))]
    if right:
        x -= sum(pdfmetrics.stringWidth(words, font, size) for font, words in runs)
    for font, words in runs:
        canvas.setFont(font, size)
        canvas.drawString(x, y, words)
        x += pdfmetrics.stringWidth(words, font, size)


def fitting(text: str, width: float, *, size: int) -> str:
    """The text, or as much of its beginning as fits a width, with dots."""
    if _width(text, size) <= width:
        return text
    while text and _width(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text.rstrip()}…"


def _width(text: str, size: int) -> float:
    return sum(pdfmetrics.stringWidth(words, font or REGULAR, size) for font, words in _runs(text))


def built(story: list[Flowable], *, title: str, foot: Callable[[Canvas, int], None] | None = None) -> bytes:
    """The pages of a paper; `foot` draws below each, given its number. The same story gives the same bytes."""

    def draw(canvas: Canvas, document) -> None:
        if foot is not None:
            canvas.setFillColor(QUIET)
            foot(canvas, document.page)

    written = io.BytesIO()
    SimpleDocTemplate(
        written,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=18 * mm,
        bottomMargin=20 * mm,
        title=title,
        author="Trade Assurance",
        lang="en",
        invariant=1,
    ).build(story, onFirstPage=draw, onLaterPages=draw)
    return written.getvalue()


def qr_code(link: str, side: float) -> Drawing:
    """The link as a QR code of this side in points, drawn from its own modules."""
    widget = QrCodeWidget(link, barLevel="M")
    left, bottom, right, top = widget.getBounds()
    drawing = Drawing(side, side, transform=[side / (right - left), 0, 0, side / (top - bottom), 0, 0])
    drawing.add(widget)
    return drawing
