"""Companies that sell: profile, team, bank accounts, protection limit, rating."""

from suppliers.models.account import ACCOUNT_WAIT, DesignatedAccount, PayoutAccount
from suppliers.models.company import Category, Member, Supplier
from suppliers.models.standing import PenaltyPoint, RatingSnapshot, Reservation

__all__ = [
    "ACCOUNT_WAIT",
    "Category",
    "DesignatedAccount",
    "Member",
    "PayoutAccount",
    "PenaltyPoint",
    "RatingSnapshot",
    "Reservation",
    "Supplier",
]
