"""Text on paper: paragraphs of a PDF in fonts that every reader has, letter by letter in one that knows it."""

import unicodedata
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph

# Fonts that readers bring along, with the encoding that says which letters each knows; the first is the style's own.
FONTS = (("", "cp1252"), ("STSong-Light", "gbk"), ("HeiseiMin-W3", "shift_jis"), ("HYSMyeongJo-Medium", "euc_kr"))
UNKNOWN = "□"
STRIPPED = str.maketrans("ŁłĐđıĦħŦŧ", "LlDdiHhTt")  # letters whose stroke Unicode does not count as an accent


@cache
def _known(font: str) -> str:
    pdfmetrics.registerFont(UnicodeCIDFont(font))
    return font


@cache
def _font_of(letter: str) -> tuple[str, str]:
    """The font for a letter, "" for the style's own, and what is drawn: the letter, its base letter, or a box."""
    plain = unicodedata.normalize("NFKD", letter)[:1].translate(STRIPPED)
    for drawn in (letter, plain, UNKNOWN):
        for font, encoding in FONTS:
            try:
                drawn.encode(encoding)
            except UnicodeEncodeError:
                continue
            return font, drawn
    return "", "?"


def is_all_drawn(text: str) -> bool:
    """Whether every letter of a text can be drawn as it is."""
    return all(_font_of(letter)[1] == letter for letter in set(text))


def shown(text: str, style: ParagraphStyle) -> Paragraph:
    """Text as a paragraph, in fonts that have its letters; nothing in it counts as mark-up."""
    runs, wide = [], False
    for font, letters in groupby(map(_font_of, text.replace("\r", "")), key=lambda each: each[0]):
        words = escape("".join(drawn for _, drawn in letters)).replace("\n", "<br/>")
        wide = wide or bool(font)
        runs.append(f'<font name="{_known(font)}">{words}</font>' if font else words)
    if wide:
        style = ParagraphStyle(f"{style.name}-wide", parent=style, wordWrap="CJK")
    return Paragraph("".join(runs), style)
