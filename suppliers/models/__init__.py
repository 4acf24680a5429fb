"""Companies that sell: profile, team, bank accounts, protection limit, rating."""

from suppliers.models.account import ACCOUNT_WAIT, DesignatedAccount, PayoutAccount
from suppliers.models.company import Category, Invitation, Member, Supplier
from suppliers.models.directory import DirectoryEntry, DirectoryWord
from suppliers.models.product import PriceStep, Product, ProductPhoto
from suppliers.models.standing import Pause, PenaltyPoint, RatingSnapshot, Reservation
from suppliers.models.verification import Document, Verification

__all__ = [
    "ACCOUNT_WAIT",
    "Category",
    "DesignatedAccount",
    "DirectoryEntry",
    "DirectoryWord",
    "Document",
    "Invitation",
    "Member",
    "Pause",
    "PayoutAccount",
    "PenaltyPoint",
    "PriceStep",
    "Product",
    "ProductPhoto",
    "RatingSnapshot",
    "Reservation",
    "Supplier",
    "Verification",
]
