"""Our signature on a case file's list of files: Ed25519 (RFC 8032), so that our page knows what we made (ADR 23)."""

import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.views.decorators.debug import sensitive_variables


@sensitive_variables()
def _keys() -> list[Ed25519PrivateKey]:
    """Our keys: the first signs, what the others signed still counts."""
    given = [part.strip() for part in settings.CASE_FILE_KEY.split(",") if part.strip()]
    secrets = given or [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    info = b"signature of case files"
    return [
        Ed25519PrivateKey.from_private_bytes(
            HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(each.encode())
        )
        for each in secrets
    ]


def _public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def public_keys() -> list[str]:
    """What anybody checks our signatures with, as hex; the one that signs now is first."""
    return [_public(key) for key in _keys()]


@sensitive_variables()
def sign(content: bytes) -> dict:
    """Our signature of some bytes, the key that it is checked with, and their SHA-256."""
    key, digest = _keys()[0], hashlib.sha256(content).hexdigest()
    return {"algorithm": "Ed25519", "key": _public(key), "sha256": digest, "signature": key.sign(content).hex()}


def is_ours(content: bytes, seal: dict) -> bool:
    """Whether one of our keys has signed these bytes."""
    try:
        signature = bytes.fromhex(str(seal["signature"]))
    except (KeyError, TypeError, ValueError):
        return False
    for key in _keys():
        try:
            key.public_key().verify(signature, content)
            return True
        except InvalidSignature:
            continue
    return False
