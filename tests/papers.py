"""Reading papers back: the words of a PDF as its reader would copy them."""

import base64
import re
import zlib

OBJECT = re.compile(rb"(\d+) 0 obj\s(.*?)\sendobj", re.S)
STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.S)


def _unescaped(match: re.Match) -> bytes:
    return bytes([int(match[1], 8)]) if len(match[1]) == 3 else match[1]


def words_of(pdf: bytes) -> str:
    """The text of a PDF of reportlab's as a reader copies it, each letter by its font, in the order of its drawing."""
    objects = dict(OBJECT.findall(pdf))
    named = dict(re.findall(rb"/(F\d+(?:\+\d+)?) (\d+) 0 R", objects[b"1"]))
    letters = {name: _letters(objects[number], objects) for name, number in named.items()}
    found = []
    for body in objects.values():
        if b"/ASCII85Decode" not in body and b" Tj" not in body:
            continue
        font = b""
        for chosen, text in re.findall(rb"/(F\S+) \S+ Tf|\(((?:[^()\\]|\\.)*)\) Tj", _stream(body), re.S):
            font = chosen or font
            if not chosen:
                found.append(letters[font](re.sub(rb"\\([0-7]{3}|.)", _unescaped, text, flags=re.S)))
    return " ".join(found)


def _stream(body: bytes) -> bytes:
    """What is in an object's stream."""
    match = STREAM.search(body)
    written = match[1].strip(b"\r\n") if match else b""
    if b"/ASCII85Decode" in body:
        written = base64.a85decode(written.strip().removesuffix(b"~>"))
    return zlib.decompress(written) if b"/FlateDecode" in body else written


def _letters(font: bytes, objects):
    """What turns the codes of a font into letters."""
    if table := re.search(rb"/ToUnicode (\d+) 0 R", font):
        pairs = re.findall(rb"<([0-9A-F]{2})> <([0-9A-F]{4,6})>", _stream(objects[table[1]]))
        known = {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}
        return lambda text: "".join(known[code] for code in text)
    if b"-UCS2-" in font:
        return lambda text: text.decode("utf-16-be")
    return lambda text: text.decode("cp1252")
