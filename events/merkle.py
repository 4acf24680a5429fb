"""One hash for many: the Merkle tree of RFC 9162 §2.1, and the way from one leaf of it to its root."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Step(NamedTuple):
    """One step towards the root: the neighbour's hash, and on which side of ours it stands."""

    side: str  # "left" or "right"
    hash: str


def leaf(content: bytes) -> bytes:
    """The hash of a leaf; its prefix keeps a leaf from passing for a node."""
    return hashlib.sha256(b"\x00" + content).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The level above; a last one without a neighbour goes up as it is."""
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return pairs + [level[-1]] if len(level) % 2 else pairs


def root(leaves: Iterable[bytes]) -> str:
    """The root of a tree of at least one leaf, as hex."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0].hex()


def proof(leaves: Sequence[bytes], at: int) -> list[Step]:
    """The steps that lead from the leaf at this place to the root."""
    steps, level = [], list(leaves)
    while len(level) > 1:
        other = at ^ 1
        if other < len(level):
            steps.append(Step("left" if other < at else "right", level[other].hex()))
        level, at = _above(level), at // 2
    return steps


def climb(start: bytes, steps: Iterable[Step]) -> str:
    """The root that these steps lead to from a leaf, as hex."""
    found = start
    for side, other in steps:
        found = _node(bytes.fromhex(other), found) if side == "left" else _node(found, bytes.fromhex(other))
    return found.hex()
