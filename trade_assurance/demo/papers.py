"""Files that the demo's people add as evidence: pictures, documents and counts, made here and small."""

import csv
import io
from collections.abc import Sequence

from django.core.files.base import ContentFile
from PIL import Image, ImageDraw, ImageFont

SIZE = (960, 640)
CARTON, SHADE, TAPE, INK, PAPER = "#b98b5a", "#8f6840", "#d9c7a0", "#22252b", "#f4f1e8"


def photo(name: str, label: Sequence[str], *, damaged: bool = False) -> ContentFile:
    """A carton with its label, as somebody in a warehouse would photograph it."""
    picture = Image.new("RGB", SIZE, "#5d6168")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 470, 960, 640), fill="#77797c")
    draw.polygon([(180, 150), (700, 120), (780, 180), (250, 215)], fill="#cfa372")
    draw.polygon([(180, 150), (250, 215), (250, 590), (180, 510)], fill=SHADE)
    draw.polygon([(250, 215), (780, 180), (780, 550), (250, 590)], fill=CARTON)
    draw.polygon([(470, 200), (530, 196), (530, 568), (470, 572)], fill=TAPE)
    if damaged:
        draw.polygon([(640, 189), (780, 180), (780, 330), (720, 300), (690, 240)], fill="#3c2c1c")
        draw.line([(640, 189), (600, 290), (650, 360), (615, 450)], fill="#3c2c1c", width=5)
    draw.rectangle((285, 300, 465, 480), fill=PAPER, outline=INK, width=2)
    font = ImageFont.load_default(size=19)
    for n, line in enumerate(label):
        draw.text((296, 312 + 27 * n), line, fill=INK, font=font)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return ContentFile(out.getvalue(), name=name)


def count_sheet(name: str, head: Sequence[str], rows: Sequence[Sequence]) -> ContentFile:
    """A count as a table that any program opens."""
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    return ContentFile(out.getvalue().encode(), name=name)


def note(name: str, *paragraphs: str) -> ContentFile:
    """Plain text, such as a statement or a copied message."""
    return ContentFile("\n\n".join(paragraphs).encode(), name=name)


def document(name: str, title: str, lines: Sequence[str]) -> ContentFile:
    """A page of PDF with a title and lines of text."""
    words = [f"BT /F1 18 Tf 60 780 Td ({_written(title)}) Tj ET"]
    words += [f"BT /F1 11 Tf 60 {745 - 18 * n} Td ({_written(line)}) Tj ET" for n, line in enumerate(lines)]
    stream = "\n".join(words).encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, starts = b"%PDF-1.4\n", []
    for n, part in enumerate(parts, 1):
        starts.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (n, part)
    table = b"".join(b"%010d 00000 n \n" % at for at in starts)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
    return ContentFile(out + end % (len(parts) + 1, table, len(parts) + 1, len(out)), name=name)


def _written(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
