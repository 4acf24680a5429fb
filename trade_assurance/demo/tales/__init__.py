"""The tales that `make demo` tells: orders with the books beside them, every figure held (architecture.md §8)."""

from trade_assurance.demo.tales.late_and_short import LateAndShort
from trade_assurance.demo.tales.teller import Wrong
from trade_assurance.demo.tales.whole_life import WholeLife

TALES = (WholeLife, LateAndShort)

__all__ = ["TALES", "LateAndShort", "WholeLife", "Wrong"]
