"""Papers: any letters are drawn or said to be missing, and what was drawn can be read back from the file."""

import io
import re

import pytest
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from tests.papers import words_of
from trade_assurance import paper

NAMES = {
    "Spanish": "Ñandú Iluminación S. A. «Peñíscola» ¿Qué?",
    "Turkish": "Şişecam Işık Ğ ğ İ ı ve Çağrı Öz",
    "German": "Größe 400 × 200 mm ± 2 µm, 5 m² – „gut“",
    "French": "Société Lumière, œuvre à 2 €",
    "Chinese": "深圳市灯具有限公司",
    "Russian": "ООО Лампа и Ёлка",
    "Greek": "ΛΑΜΠΑ αβγ ω",
    "Japanese": "照明ランプ株式会社",
    "Korean": "서울램프",
    "Polish": "Łódź Zażółć",
    "Vietnamese": "Đèn lồng Việt",
}


def on_paper(*texts: str, style=paper.PLAIN) -> bytes:
    return paper.built([paper.shown(text, style) for text in texts], title="灯具")


def plain(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("style", [paper.PLAIN, paper.HEAD], ids=["plain", "head"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_read_back_as_it_was_written(name, style):
    assert plain(words_of(on_paper(name, style=style))) == plain(name)
    assert paper.is_all_drawn(name) and paper.said_if_lost(name) == []


@pytest.mark.parametrize(("text", "drawn"), [("\U0002a6d0 lamp", "□ lamp"), ("\ufdd0x", "□x")])
def test_a_letter_that_no_font_has_is_drawn_near_it_and_said(text, drawn):
    assert plain(words_of(on_paper(text))) == plain(drawn)
    assert not paper.is_all_drawn("all", text)
    (sentence,) = paper.said_if_lost("all", text)
    assert "can't be printed" in words_of(paper.built([sentence], title=""))


def test_every_font_that_draws_is_in_the_file():
    pdf = on_paper(*NAMES.values())
    bases = set(re.findall(rb"/BaseFont /(\S+)", pdf)) - {b"Helvetica"}  # the canvas names it, nothing is drawn in it
    assert len(bases) > 3 and pdf.count(b"/FontFile2") == len(bases)


def test_arabic_is_joined_and_set_from_the_right():
    assert plain(words_of(on_paper("شركة 10"))) == "10ﺔﻛﺮﺷ" and paper.is_all_drawn("شركة")


def test_marks_lines_and_slashes_are_text():
    text = "<b>&amp;</b> (a\\b) %s\r\n<para>"
    assert plain(words_of(on_paper(text))) == plain(text)


def test_the_same_story_gives_the_same_bytes():
    assert on_paper("Şişe 灯具") == on_paper("Şişe 灯具")


def test_a_line_on_a_canvas_is_read_back_and_ends_where_it_should():
    written = io.BytesIO()
    canvas = Canvas(written)
    paper.write(canvas, 100, 500, "Şişe 灯具 10", size=9, bold=True)
    paper.write(canvas, 300, 500, "1,000.00", size=9, right=True)
    canvas.save()
    assert plain(words_of(written.getvalue())) == "Şişe灯具101,000.00"
    assert b"SourceSans3-Bold" in written.getvalue()


@pytest.mark.parametrize("text", ["Release of the reserve of an order " * 3, "灯" * 60, ""])
def test_a_text_is_cut_to_the_width_that_there_is(text):
    cut = paper.fitting(text, 60 * mm, size=8)
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1].rstrip()))
    assert paper.fitting("Refund", 60 * mm, size=8) == "Refund"
