"""The rating of the last twelve months as a chart: the lowest indicator, a step at each change, against the stars."""

from datetime import datetime, timedelta

from babel import Locale
from babel.dates import format_skeleton
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from suppliers.models import RatingSnapshot
from suppliers.rating_words import mark_words
from trade_assurance.charts import BOTTOM, TOP, WIDTH, Chart, Tick, across
from trade_assurance.rulebook import CURRENT

SPAN = timedelta(days=365)
HEIGHT = 420  # the steps of four and five stars are five points apart, and each has its label
LEFT, RIGHT = 48, WIDTH - 84
DATES = 4
LONG = timedelta(days=120)  # from here months say enough
FULL = 100


def of_year(supplier_id: int, now: datetime) -> list[RatingSnapshot]:
    """The ratings that stood within the last twelve months, the oldest first: with that from which they began."""
    kept = RatingSnapshot.objects.filter(supplier=supplier_id, at__lte=now).defer("facts")
    within = list(kept.filter(at__gt=now - SPAN).order_by("at", "id"))
    before = kept.filter(at__lte=now - SPAN).order_by("-at", "-id").first()
    return [before, *within] if before else within


def history(ratings: list[RatingSnapshot], now: datetime) -> Chart | None:
    """Ratings, the oldest first, up to now; None below two, which would be a line without a story."""
    if len(ratings) < 2:
        return None
    begin = max(ratings[0].at, now - SPAN)
    last = _seconds(now - begin)
    points: list[tuple[int, int]] = []
    for each in ratings:
        x, y = across(_seconds(max(each.at, begin) - begin), last, LEFT, RIGHT), _down(each.lowest)
        if points and points[-1][1] != y:
            points.append((x, points[-1][1]))  # what stood before, up to the change
        if not points or points[-1] != (x, y):
            points.append((x, y))
    points.append((RIGHT, points[-1][1]))
    first, newest = mark_words(ratings[0].lowest), mark_words(ratings[-1].lowest)
    return Chart(
        name=_("Your lowest indicator"),
        said=_("It was {first} of 100 on {day} and is {newest} now.").format(
            first=first, day=_words(begin, "%-d %B %Y", "yMMMd"), newest=newest
        ),
        ys=tuple(Tick(_down(mark), str(mark)) for mark in (0, *CURRENT.star_steps, FULL)),
        xs=tuple(_date(begin, now, place) for place in range(DATES)),
        zero=_down(0),
        lines=(
            {
                "points": " ".join(f"{x},{y}" for x, y in points),
                "steps": tuple(
                    Tick(_down(mark), ngettext("{n} star", "{n} stars", stars).format(n=stars))
                    for stars, mark in enumerate(CURRENT.star_steps, start=1)
                ),
                "end": points[-1],
            },
        ),
        height=HEIGHT,
        left=LEFT,
        right=RIGHT,
        foot=HEIGHT - 6,
    )


def _down(mark) -> int:
    """From a mark to pixels; rounded down, so that the line touches a step only where the mark reaches it."""
    return HEIGHT - BOTTOM - int(mark * (HEIGHT - TOP - BOTTOM) // FULL)


def _date(begin: datetime, now: datetime, place: int) -> Tick:
    at = begin + (now - begin) * place / (DATES - 1)
    words = _words(at, "%b %Y", "yMMM") if now - begin > LONG else _words(at, "%-d %b", "MMMd")
    return Tick(across(place, DATES - 1, LEFT, RIGHT), words)


def _words(at: datetime, english: str, skeleton: str) -> str:
    """A day or a month as the reader's language writes it."""
    language = get_language()
    if language == "en":
        return at.strftime(english)
    return format_skeleton(skeleton, at, locale=Locale.parse(language, sep="-"))


def _seconds(span: timedelta) -> int:
    return max(0, int(span.total_seconds()))
