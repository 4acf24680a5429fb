"""Charts as plain SVG geometry in whole pixels: the pages draw them without any script, with the figures beside."""

from dataclasses import dataclass

WIDTH, HEIGHT = 720, 220
LEFT, RIGHT, TOP, BOTTOM = 84, 32, 14, 26  # room for the labels


@dataclass(frozen=True, slots=True)
class Tick:
    at: int
    label: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What the template draws."""

    name: str
    said: str
    ys: tuple[Tick, ...]
    xs: tuple[Tick, ...]
    zero: int
    lines: tuple[dict, ...] = ()
    bars: tuple[dict, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    foot: int = HEIGHT - 6


def across(place: int, last: int, left: int = LEFT, right: int = WIDTH - RIGHT) -> int:
    """How far right the place is, from 0 at the left edge to `last` at the right one."""
    return left + place * (right - left) // max(1, last)
