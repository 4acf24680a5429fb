"""Each side's true limit, sealed: encrypted for one side of one case, so that nobody reads it beside the case (§6.10).

What is stored tells neither the amount nor its size, two equal limits look different, and a row that was moved to
another case or side can't be opened.
"""

from cryptography.fernet import InvalidToken, MultiFernet
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from trade_assurance.refused import Refused
from trade_assurance.sealing import fernet

_DIGITS = 20  # every amount in as many digits, so that the length tells nothing


class Unreadable(Refused):
    """A sealed limit that no key of ours opens: the key was changed, or the row is not what was stored."""


@sensitive_variables()
def seal(amount_minor: int, dispute_id: int, side: str) -> bytes:
    """Encrypt `amount_minor` for one side of one dispute; `unseal` with the same two gives it back."""
    return _fernet(dispute_id, side).encrypt(f"{amount_minor:0{_DIGITS}d}".encode())


@sensitive_variables()
def unseal(ciphertext: bytes, dispute_id: int, side: str) -> int:
    """The amount that `seal` encrypted for this side of this dispute. Raises Unreadable."""
    try:
        return int(_fernet(dispute_id, side).decrypt(bytes(ciphertext)))
    except InvalidToken:
        raise Unreadable(_("The sealed limits of this case can't be opened now. Settle by an offer instead.")) from None


@sensitive_variables()
def _fernet(dispute_id: int, side: str) -> MultiFernet:
    """One key for each side of each case."""
    return fernet(f"sealed limit of the {side} in dispute {dispute_id}")
