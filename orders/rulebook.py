from trade_assurance.rulebook import *  # noqa: F403
from trade_assurance.rulebook import CURRENT, rulebook  # noqa: F401

RULEBOOK_1 = CURRENT
