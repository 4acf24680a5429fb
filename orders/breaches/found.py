"""A breach: what was agreed, what is so, how it is known, and what may be claimed for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from orders.breaches.known import Fact, KnownLine
from orders.remedies import Remedy


@dataclass(frozen=True)
class Ask:
    """The claim that a breach gives: its reason and wish as claims name them, and the figures that it needs."""

    reason: str
    wish: str
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Breach:
    """One broken term. `is_objective`: dates and carriers alone show it. Without `ask` it says `why_not`.

    `claimed` names the open case that the line is in already: each line has one at a time (Rulebook 13).
    """

    code: str
    line: int  # its number; 0 is the whole order
    product: str
    term: str
    expected: str
    observed: str
    evidence: tuple[Fact, ...]
    is_objective: bool = False
    ask: Ask | None = None
    amount_minor: int = 0
    working: tuple[tuple[str, int | None], ...] = ()
    why_not: str = ""
    claimed: str = ""

    @property
    def key(self) -> str:
        """How a page or a link names it: "not_shipped:2"."""
        return f"{self.code}:{self.line}"

    @property
    def is_claimable(self) -> bool:
        """Whether a claim can be made of it now."""
        return self.ask is not None and not self.claimed


def breach(
    code: str,
    line: KnownLine | None,
    *,
    term: str,
    expected: str,
    observed: str,
    evidence: list[Fact],
    is_objective: bool = False,
    ask: Ask | None = None,
    remedy: Remedy | None = None,
    why_not: str = "",
) -> Breach:
    """A breach of a line, or of the whole order, with what its remedy gives."""
    return Breach(
        code=code,
        line=line.number if line else 0,
        product=line.product if line else "",
        term=term,
        expected=expected,
        observed=observed,
        evidence=tuple(evidence),
        is_objective=is_objective,
        ask=ask,
        amount_minor=remedy.minor if remedy and ask else 0,
        working=remedy.working if remedy and ask else (),
        why_not=why_not,
        claimed=line.claimed if line else "",
    )
