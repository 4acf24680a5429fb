"""Rules about words: what nobody can measure, what is only roughly said, what is left open."""

import re
from collections.abc import Iterator
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders.linting.finding import Context, Finding, Mend, changing, on_line
from orders.linting.measures import MENDED_TOLERANCE_BP
from orders.terms import Terms

HASTE = (
    _lazy("asap|as soon as possible|urgent(?:ly)?|quickly"),
    _lazy("A date is a term of its own: set the ship-by date."),
)
# Words that nobody can hold goods against, and what to write in their place
VAGUE = (
    (
        _lazy(
            "(?:very "
            ")?(?:good|high|best|top|fine|nice|excellent|premium|superior|perfect|export|first)[- "
            "]quality|quality (?:good|high)|of good quality"
        ),
        _lazy("Write what makes it good: a size, a material, a strength, each with a figure."),
    ),
    (r"best|finest|excellent|superior|premium|perfect|nice|beautiful", _lazy("Write the figure that it has to reach.")),
    (
        _lazy(
            "as (?:per )?(?:the |our |your |approved |counter )*samples?|same as (?:the "
            ")?samples?|like (?:the )?samples?"
        ),
        _lazy("Name the sample: its number and date, who keeps it, and what is measured on it. Attach photographs."),
    ),
    (
        r"(?:a|aa|aaa|1st|first|top)[- ](?:grade|class)|grade (?:a|aa|aaa)|first[- ]rate",
        _lazy("Name the standard that defines the grade, such as ISO, EN or GB with its number."),
    ),
    (
        _lazy(
            "standards?(?: quality| packing| packaging| size| finish)?|normal|usual|regular|as usual|customary|common"
        ),
        _lazy("Write the standard with its number, or the figure itself."),
    ),
    (
        _lazy("as before|as last time|like last time|same as (?:before|last time|previous)"),
        _lazy("Write it out: an earlier order isn’t part of this contract."),
    ),
    HASTE,
    (
        _lazy("strong|durable|sturdy|solid|heavy duty|robust|long[- ]lasting"),
        _lazy("Write the load, the cycles or the thickness, and the test."),
    ),
    (
        r"suitable|appropriate|adequate|sufficient|reasonable|acceptable|decent|satisfactory",
        _lazy("Write what is enough, as a figure."),
    ),
    (
        _lazy("or similar|or equivalent|or equal|and so on|etc\\.?|various|assorted"),
        _lazy("List everything that is meant."),
    ),
)
OPEN = _lazy(
    "tbd|tba|t\\.b\\.d\\.?|to be "
    "(?:confirmed|decided|determined|discussed|agreed|advised)|subject to change|will be "
    "confirmed"
)
ROUGH = _lazy("approx(?:\\.|imately)?|about|circa|ca\\.?|around|roughly|more or less")
# A norm with its number makes "standard" and "grade" measurable in the same text
NORM = re.compile(
    r"\b(?:ISO|EN|DIN|ASTM|BS|GB/?T?|IEC|JIS|ANSI|AISI|UL|SAE|FDA|CFR|AOAC|USP)[ -]?[A-Z]{0,2}[ -]?\d", re.ASCII
)
NORMED = re.compile(r"standard|grade|class|normal|regular|common", re.IGNORECASE)


def _pattern(words: str) -> re.Pattern:
    return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)


_VAGUE = tuple((_pattern(words), instead) for words, instead in VAGUE)
_HASTE = tuple((_pattern(words), instead) for words, instead in (HASTE,))
_OPEN = _pattern(OPEN)
_ROUGH_FIGURE = re.compile(
    rf"(?<![\w-])(?:{ROUGH})\s*(?P<figure>\d[\d.,]*(?:\s?(?:mm|cm|m|km|kg|g|t|ml|l|w|v|k|lm|lux|°c|%|pcs|pieces))?)(?![\w%])"
    r"(?!\s*(?:±|\+/-))",
    re.IGNORECASE,
)


def texts(terms: Terms) -> Iterator[tuple[str, str, str]]:
    """Every text that says what the goods are: its path, where it stands in words, the text."""
    yield "quality", _("the quality terms"), terms.quality
    yield "notes", _("the other terms"), terms.notes
    for n, line in enumerate(terms.lines):
        yield (
            _("lines.{n}.specification").format(n=n),
            _("the specification of line {n}").format(n=n + 1),
            line.specification,
        )
        yield _("lines.{n}.quality").format(n=n), _("the quality of line {n}").format(n=n + 1), line.quality
        if line.packaging is not None:
            yield (
                _("lines.{n}.packaging.words").format(n=n),
                _("the packaging of line {n}").format(n=n + 1),
                line.packaging.words,
            )


def vague_words(terms: Terms, context: Context) -> Iterator[Finding]:
    """Words like "good quality" or "as sample", which goods can neither keep nor break."""
    for path, where, text in texts(terms):
        if terms.is_sample and path != "notes":
            continue
        found, instead = _vague(text, _HASTE if path == "notes" else _VAGUE)
        if found:
            listed = ", ".join(f"“{word}”" for word in found)
            yield Finding(
                "vague_words",
                path,
                "unmeasurable",
                _("{listed} in {where}: nothing can be measured against that.").format(listed=listed, where=where),
                _(
                    "If the goods disappoint, a claim is decided on what can be measured, and this gives "
                    "nothing. {instead}"
                ).format(instead=instead),
            )


def _vague(text: str, patterns) -> tuple[list[str], str]:
    """The vague words of a text, each once and none inside another, and what to write in place of the first."""
    spans: list[tuple[int, int, str]] = []
    normed = bool(NORM.search(text))
    for pattern, instead in patterns:
        for match in pattern.finditer(text):
            if normed and NORMED.search(match[0]):
                continue
            if not any(begin < match.end() and match.start() < end for begin, end, _unused in spans):
                spans.append((match.start(), match.end(), instead))
    spans.sort()
    words = list(dict.fromkeys(" ".join(text[begin:end].split()) for begin, end, _unused in spans))
    return words[:6], spans[0][2] if spans else ""


def left_open(terms: Terms, context: Context) -> Iterator[Finding]:
    """Something is left to be agreed later: then it is not agreed."""
    for path, where, text in texts(terms):
        if match := _OPEN.search(text):
            yield Finding(
                "left_open",
                path,
                "unmeasurable",
                _("“{match}” leaves something open in {where}.").format(match=match[0], where=where),
                _(
                    "What is not in the version that both sign is not part of the contract, whatever is said "
                    "later. Settle it now, or agree an amendment afterwards."
                ),
            )


def rough_figure(terms: Terms, context: Context) -> Iterator[Finding]:
    """A figure that is only "about" right, without saying how far off it may be."""
    percent = f"{MENDED_TOLERANCE_BP / 100:g} %"
    for path, where, text in texts(terms):
        if path != "notes" and (match := _ROUGH_FIGURE.search(text)):
            exact = _ROUGH_FIGURE.sub(lambda found: f"{found['figure']} ± {percent}", text)
            yield Finding(
                "rough_figure",
                path,
                "unmeasurable",
                _("“{match}” in {where} doesn’t say how far off it may be.").format(
                    match=match[0].strip(), where=where
                ),
                _("Any figure near it can be called agreed, so a claim that the goods differ has nothing to rest on."),
                Mend(_("Write ± {percent} instead").format(percent=percent), _writing(path, exact)),
            )


def _writing(path: str, text: str):
    """The mend that puts `text` at the path of one of `texts`."""
    if not path.startswith("lines."):
        return changing(**{path: text})
    _unused, number, name = path.split(".", 2)
    if name != "packaging.words":
        return on_line(int(number), **{name: text})

    def change(terms: Terms) -> Terms:
        line = terms.lines[int(number)]
        return on_line(int(number), packaging=replace(line.packaging, words=text))(terms)

    return change
