"""Secrets of endpoints, encrypted at rest, and the three headers that a message carries (Standard Webhooks)."""

import secrets
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime

from cryptography.fernet import InvalidToken
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from standardwebhooks import Webhook

from trade_assurance.refused import Refused
from trade_assurance.sealing import fernet

PREFIX = "whsec_"
BYTES = 32


class Unreadable(Refused):
    """A secret that no key of ours opens: the key was changed, or the row is not what was stored."""


@sensitive_variables()
def new_secret() -> str:
    """A new secret as receivers' libraries take it."""
    return PREFIX + b64encode(secrets.token_bytes(BYTES)).decode()


@sensitive_variables()
def seal(secret: str, endpoint_id: int) -> bytes:
    """Encrypt a secret for one endpoint; in another endpoint's row it can't be opened."""
    return _fernet(endpoint_id).encrypt(secret.encode())


@sensitive_variables()
def unseal(sealed: bytes, endpoint_id: int) -> str:
    """The secret that `seal` encrypted. Raises Unreadable."""
    try:
        return _fernet(endpoint_id).decrypt(bytes(sealed)).decode()
    except InvalidToken:
        raise Unreadable(_("The secret of this webhook can't be opened. Make a new one.")) from None


def _fernet(endpoint_id: int):
    return fernet(f"secret of webhook {endpoint_id}")


@sensitive_variables()
def headers(keys: Iterable[str], *, message_id: str, body: str, at: datetime) -> dict[str, str]:
    """What a receiver verifies: the id, the time of this attempt, and a signature for each secret that signs now."""
    signatures = [Webhook(key).sign(msg_id=message_id, timestamp=at, data=body) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
