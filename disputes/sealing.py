"""Each side's true limit, sealed: encrypted for one side of one case, so that nobody reads it beside the case (§6.10).

What is stored tells neither the amount nor its size, two equal limits look different, and a row that was moved to
another case or side can't be opened.
"""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from trade_assurance.refused import Refused

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
        raise Unreadable("The sealed limits of this case can't be opened now. Settle by an offer instead.") from None


@sensitive_variables()
def _fernet(dispute_id: int, side: str) -> MultiFernet:
    """One key for each side of each case; the newest secret seals, older ones still open."""
    given = [part.strip() for part in settings.SEALING_KEY.split(",") if part.strip()]
    secrets = given or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = f"sealed limit of the {side} in dispute {dispute_id}".encode()
    return MultiFernet(
        [
            Fernet(urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(each.encode())))
            for each in secrets
        ]
    )
