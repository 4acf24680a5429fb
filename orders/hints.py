"""Messages that seem to agree to a change of the contract, so that it can be proposed instead of let slip; pure.

Words in English, Spanish and Chinese. A message changes nothing by itself: it may fill in the form of an amendment.
"""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LONGEST = 2000  # characters of a message that are looked at


@dataclass(frozen=True)
class Hint:
    """What a message seems to agree to; what could be read of it fills in the form."""

    about: str  # ship_by, quantity or price
    ship_by_on: date | None = None
    line: int | None = None  # its number
    quantity: int | None = None


YES = re.compile(
    r"\b(ok(ay)?|fine|agree|agreed|accept|accepts|accepted|no problem|(it|that|this) works|works for (us|me)|all right|"
    r"alright|sure|yes|deal|sounds good|can live with|approved?|confirmed?|no objections?|you (may|can)|go ahead|"
    r"de acuerdo|vale|acepto|aceptamos|aceptado|sin problema|está bien|esta bien|conforme|"
    r"nos parece bien|me parece bien"
    r")\b|(?<!不)(可以|同意|接受|没问题|没有问题|好的|行吧|没意见)"
)
NO = re.compile(
    r"\b(not|never|cannot|can ?t|won ?t|don ?t|doesn ?t|isn ?t|wouldn ?t|refuse|refused|reject|rejected|disagree|"
    r"unacceptable|no longer|neither|nor|no (es|está|esta|aceptamos|acepto|estamos|podemos|puedo)|nunca|jamás|"
    r"rechazamos|inaceptable)\b|不(可以|同意|接受|行|能|要)|拒绝|没有同意|无法"
)
ASKS = re.compile(
    r"[?？¿]|^\s*(can|could|would|will|may|shall|do|does|is|are|when|what|why|how|where|please (tell|say|confirm)|"
    r"cuándo|cuando|podría|podrían|puede|pueden|por qué|如果|能否|可否|是否)\b|[吗呢]"
)
AS_WRITTEN = re.compile(
    r"\b(as|already|was|were|had|have|originally|we|the) (been )?agreed( (on|date|price|quantity|terms|contract))?\b|"
    r"\bagreed (date|price|quantity|terms|contract|on)\b|\bok (for|to) (pay|payment)\b|lo acordado|según lo|"
    r"约定的?|合同(上|里)"
)
SHIP = re.compile(
    r"\b(ship|ships|shipped|shipping|shipment|send|dispatch|deliver|delivery|leave|load|enviar|envíen|envien|envío|envio|"
    r"entrega|entregar|embarcar|despachar)\b|发货|交货|出货|装船|寄出|发出"
)
DELAY = re.compile(
    r"\b(delay|delayed|postpone|postponed|extension|extend(ed)?|later|more time|extra (day|week)s?|new (ship|shipping|"
    r"delivery) date|retraso|demora|aplazar|aplazamiento|prórroga|prorroga|más tarde|mas tarde)\b|"
    r"延期|延迟|推迟|延后|晚(几|一|两|\d)"
)
LESS = re.compile(
    r"\b(discount|price reduction|lower price|new price|reduced price|descuento|rebaja|nuevo precio)\b|"
    r"折扣|降价|新价格|减价"
)
NUMBER = r"(\d{1,3}(?:[,.]\d{3})+|\d{1,9})"
UNIT = r"(?:\s*(?:pcs|pieces|units|kg|boxes|cartons|sets|piezas|unidades|cajas|个|件|套|箱|台))?"
INSTEAD = (
    re.compile(rf"\b{NUMBER}{UNIT}\s*(?:instead of|rather than|and not|en lugar de|en vez de)\s*{NUMBER}\b"),
    re.compile(rf"{NUMBER}{UNIT}\s*(?:而不是|代替)\s*{NUMBER}"),
)
TURNED = (
    re.compile(rf"(?:从|由|from|de)\s*{NUMBER}{UNIT}\s*(?:改为|改成|减到|减少到|down to|to|a)\s*{NUMBER}(?![\d%])"),
)
MONTHS = (
    ("jan", "ene"), ("feb",), ("mar",), ("apr", "abr"), ("may",), ("jun",), ("jul",), ("aug", "ago"), ("sep",),
    ("oct",), ("nov",), ("dec", "dic"),
)  # fmt: skip
MONTH_OF = {name: n for n, names in enumerate(MONTHS, 1) for name in names}
MONTH = r"(jan|ene|feb|mar|apr|abr|may|jun|jul|aug|ago|sep|oct|nov|dec|dic)[a-z]*\.?"
DAYS = {
    "monday": 0, "tuesday": 1, "wednesday": 2, "thursday": 3, "friday": 4, "saturday": 5, "sunday": 6,
    "lunes": 0, "martes": 1, "miércoles": 2, "miercoles": 2, "jueves": 3, "viernes": 4, "sábado": 5, "domingo": 6,
}  # fmt: skip
COUNT = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "una": 1, "un": 1, "dos": 2, "tres": 3, "一": 1,
    "两": 2, "二": 2, "三": 3, "四": 4,
}  # fmt: skip
SPAN = re.compile(
    r"(?<![\w.])(\d{1,2}|a|an|one|two|three|four|una?|dos|tres|一|两|二|三|四)\s*(?:more |extra |个)?"
    r"(days?|weeks?|días?|dias?|semanas?|天|日|周|星期)(?![月号])"
    r"(\s*(?:later|more|delay|extension|longer|más|mas|de retraso))?"
)


def hint(text: str, *, today: date, ship_by_on: date | None = None, quantities: Sequence[int] = ()) -> Hint | None:
    """What a message seems to agree to change, or None.

    `ship_by_on` is the day in force, `quantities` those of the lines: what is in the contract already is no change.
    """
    said = [each for each in re.split(r"(?<=[.!?。！？;；\n])", _plain(text)) if each.strip()]
    for n, sentence in enumerate(said):
        if ASKS.search(sentence) or NO.search(sentence) or not YES.search(AS_WRITTEN.sub(" ", sentence)):
            continue
        rest = said[n + 1] if n + 1 < len(said) else ""
        both = [sentence] if ASKS.search(rest) or NO.search(rest) else [sentence, rest]
        for each in both:
            if (found := _change(each, today, ship_by_on, quantities)) is not None:
                return found
    return None


def _plain(text: str) -> str:
    words = unicodedata.normalize("NFKC", text[:LONGEST]).lower().replace("’", "'")
    return re.sub(r"(?<=n)'t\b", " t", words)


def _change(said: str, today: date, ship_by_on: date | None, quantities: Sequence[int]) -> Hint | None:
    if (found := _quantity(said, quantities)) is not None:
        return found
    day = _day(said, today, ship_by_on)
    if (SHIP.search(said) and day is not None) or DELAY.search(said):
        if day is not None and (day < today or (ship_by_on is not None and day <= ship_by_on)):
            return None if not DELAY.search(said) else Hint("ship_by")
        return Hint("ship_by", ship_by_on=day)
    return Hint("price") if LESS.search(said) else None


def _quantity(said: str, quantities: Sequence[int]) -> Hint | None:
    pairs = [(m[1], m[2]) for pattern in INSTEAD for m in pattern.finditer(said)]
    pairs += [(m[2], m[1]) for pattern in TURNED for m in pattern.finditer(said)]
    for new, old in ((int(re.sub(r"[,.]", "", a)), int(re.sub(r"[,.]", "", b))) for a, b in pairs):
        if new in quantities and old not in quantities:
            continue  # as the contract has it already
        lines = [n for n, quantity in enumerate(quantities, 1) if quantity == old]
        return Hint("quantity", line=lines[0] if len(lines) == 1 else None, quantity=new or None)
    return None


def _day(said: str, today: date, ship_by_on: date | None) -> date | None:
    if match := re.search(r"\b(20\d\d)-(\d{1,2})-(\d{1,2})\b", said):
        return _date(int(match[1]), int(match[2]), int(match[3]))
    if match := re.search(r"(?:(20\d\d)年)?(\d{1,2})月(\d{1,2})[日号]", said):
        return _next(int(match[2]), int(match[3]), match[1], today)
    if match := re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of| de)? {MONTH}(?:(?:,| de)? (20\d\d))?\b", said):
        return _next(MONTH_OF[match[2]], int(match[1]), match[3], today)
    if match := re.search(rf"\b{MONTH} (\d{{1,2}})(?:st|nd|rd|th)?(?:,? (20\d\d))?\b", said):
        return _next(MONTH_OF[match[1]], int(match[2]), match[3], today)
    if re.search(r"\bnext week\b|próxima semana|proxima semana|semana que viene|下周|下星期|下个星期", said):
        return today + timedelta(days=11 - today.weekday())  # its Friday
    if re.search(r"\bnext month\b|próximo mes|proximo mes|mes que viene|下个?月", said):
        first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        return first.replace(day=monthrange(first.year, first.month)[1])
    if match := SPAN.search(said):
        count = int(match[1]) if match[1].isdecimal() else COUNT[match[1]]
        days = count * (7 if match[2][0] in "ws周星" or match[2].startswith("semana") else 1)
        later = match[3] or DELAY.search(said)
        return (ship_by_on if later and ship_by_on else today) + timedelta(days=days)
    if match := re.search(rf"\b({'|'.join(DAYS)})\b", said):
        return today + timedelta(days=(DAYS[match[1]] - today.weekday() - 1) % 7 + 1)
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _next(month: int, day: int, year: str | None, today: date) -> date | None:
    """The day of a month in the year that was named, else the next one to come."""
    if year:
        return _date(int(year), month, day)
    found = _date(today.year, month, day)
    return _date(today.year + 1, month, day) if found is not None and found < today else found
