"""Keys that encrypt what nobody may read in the database, each for one purpose (ADR 9)."""

from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def fernet(purpose: str) -> MultiFernet:
    """The key for one purpose, such as one side of one case; the newest secret seals, older ones still open."""
    given = [part.strip() for part in settings.SEALING_KEY.split(",") if part.strip()]
    secrets = given or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = purpose.encode()
    return MultiFernet(
        [
            Fernet(urlsafe_b64encode(HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(each.encode())))
            for each in secrets
        ]
    )
