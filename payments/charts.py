"""Charts of money by day, as the finance desk draws them."""

from dataclasses import dataclass
from datetime import date

from trade_assurance.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Chart, Tick, across
from trade_assurance.money import digits


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one row of bars: a name, how it looks, and a value a day in minor units."""

    name: str
    look: str
    values: tuple[int, ...]


def lines(name: str, said: str, series: list[Series], days: list[date], currency: str) -> Chart:
    """Balances at the end of each day as lines over one scale; the first one is filled down to zero."""
    scale = _Scale([value for each in series for value in each.values], currency)
    xs = [across(place, len(days) - 1) for place in range(len(days))]
    drawn = []
    for number, each in enumerate(series):
        points = " ".join(f"{x},{scale.y(value)}" for x, value in zip(xs, each.values, strict=True))
        area = f"{xs[0]},{scale.y(0)} {points} {xs[-1]},{scale.y(0)}" if number == 0 else ""
        drawn.append({"name": each.name, "look": each.look, "points": points, "area": area})
    return Chart(name, said, scale.ticks(), _days(days, xs), scale.y(0), lines=tuple(drawn))


def bars(name: str, said: str, series: list[Series], days: list[date], currency: str) -> Chart:
    """What moved on each day, as bars from zero: up for values above it, down for those below."""
    scale = _Scale([value for each in series for value in each.values], currency)
    slot = (WIDTH - LEFT - RIGHT) // len(days)
    wide = max(1, slot * 3 // 4)
    xs = [LEFT + place * (WIDTH - LEFT - RIGHT) // len(days) for place in range(len(days))]
    drawn = []
    for each in series:
        rects = []
        for x, value in zip(xs, each.values, strict=True):
            top, bottom = sorted((scale.y(value), scale.y(0)))
            if value:
                rects.append({"x": x, "y": top, "width": wide, "height": max(1, bottom - top)})
        drawn.append({"name": each.name, "look": each.look, "rects": rects})
    return Chart(name, said, scale.ticks(), _days(days, [x + wide // 2 for x in xs]), scale.y(0), bars=tuple(drawn))


class _Scale:
    """From minor units to pixels, over a range of round numbers that has zero in it."""

    def __init__(self, values: list[int], currency: str):
        self.currency = currency
        unit = 10 ** digits(currency)
        highest, lowest = max([0, *values]), min([0, *values])
        self.step = _round_up(-(-max(highest - lowest, unit) // 4), unit)
        self.top = -(-highest // self.step) * self.step
        self.bottom = lowest // self.step * self.step
        if self.top == self.bottom:
            self.top += self.step

    def y(self, value: int) -> int:
        room = HEIGHT - TOP - BOTTOM
        return TOP + (self.top - value) * room // (self.top - self.bottom)

    def ticks(self) -> tuple[Tick, ...]:
        unit = 10 ** digits(self.currency)
        return tuple(
            Tick(self.y(value), f"{value // unit:,}") for value in range(self.bottom, self.top + self.step, self.step)
        )


def _round_up(value: int, unit: int) -> int:
    """The next 1, 2 or 5 with zeros behind it, in whole units of the currency."""
    power = unit
    while True:
        for lead in (1, 2, 5):
            if lead * power >= value:
                return lead * power
        power *= 10


def _days(days: list[date], xs: list[int]) -> tuple[Tick, ...]:
    """About six dates, the last among them."""
    every = max(1, (len(days) + 5) // 6)
    return tuple(Tick(xs[place], f"{days[place]:%d %b}") for place in range(len(days) - 1, -1, -every))[::-1]
