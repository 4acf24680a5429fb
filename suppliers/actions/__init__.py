"""Every change to suppliers, their teams, their accounts, their rating and their protection limits."""

from suppliers.actions.judging import follow_rating, set_limit, set_stars, set_status, verify_supplier
from suppliers.actions.paying import add_payout_account, withdraw_payout_account
from suppliers.actions.rating import facts_of_snapshot, note_points, rerate, rerate_many
from suppliers.actions.reserving import NothingFree, free, reserve
from suppliers.actions.team import (
    KIND,
    AlreadyMember,
    LastOwner,
    add_member,
    change_profile,
    change_role,
    register_supplier,
    remove_member,
)

__all__ = [
    "KIND",
    "AlreadyMember",
    "LastOwner",
    "NothingFree",
    "add_member",
    "add_payout_account",
    "change_profile",
    "change_role",
    "facts_of_snapshot",
    "follow_rating",
    "free",
    "note_points",
    "register_supplier",
    "remove_member",
    "rerate",
    "rerate_many",
    "reserve",
    "set_limit",
    "set_stars",
    "set_status",
    "verify_supplier",
    "withdraw_payout_account",
]
