"""The key by which push services know that it is us (VAPID, RFC 8292), and the keys of browsers (RFC 8291)."""

import base64
import binascii
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.checks import Error

CURVE = ec.SECP256R1()
PRIVATE, POINT, SHARED = 32, 65, 16  # bytes: a private key, a public one uncompressed, the secret of a subscription
KEPT = "web_push_key"


def is_on() -> bool:
    """Whether this site pushes at all."""
    return bool(settings.WEB_PUSH_KEY) or settings.LOCAL


def own() -> str:
    """Our private key, base64url; on a machine without settings one that it made once and keeps. Empty: none."""
    if settings.WEB_PUSH_KEY:
        return settings.WEB_PUSH_KEY
    return _kept(settings.DATA / KEPT) if settings.LOCAL else ""


def public() -> str:
    """Our public key as browsers want it, base64url; empty when there is none."""
    key = own()
    return _public(key) if key else ""


@cache
def _public(key: str) -> str:
    private = ec.derive_private_key(int.from_bytes(_bytes(key, PRIVATE)), CURVE)
    return text(private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


@cache
def _kept(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        made = path.with_name(f"{path.name}-{os.getpid()}")
        made.write_text(secrets.token_urlsafe(PRIVATE))
        made.chmod(0o600)
        try:
            os.link(made, path)  # whole, and the first one's: web and worker start together
        except FileExistsError:
            pass
        made.unlink()
    return path.read_text().strip()


def text(raw: bytes) -> str:
    """Bytes as base64url without its filling."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(written: str, size: int) -> bytes:
    """What base64url of so many bytes says; raises ValueError for anything else."""
    written = written.strip().rstrip("=")
    if len(written) != -(-size * 4 // 3) or not written.isascii():
        raise ValueError("not as long as it must be")
    try:
        raw = base64.b64decode(written + "=" * (-len(written) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    return raw


def point(written: str) -> str:
    """A browser's public key as it is kept; raises ValueError for what is no point of the curve."""
    raw = _bytes(written, POINT)
    ec.EllipticCurvePublicKey.from_encoded_point(CURVE, raw)
    return text(raw)


def shared(written: str) -> str:
    """A subscription's secret as it is kept; raises ValueError for what has another size."""
    return text(_bytes(written, SHARED))


def check(app_configs, **kwargs) -> list[Error]:
    """A key in the settings that is none is found when the site starts, not by its first reader."""
    try:
        if settings.WEB_PUSH_KEY:
            _public(settings.WEB_PUSH_KEY)
    except ValueError:
        hint = "Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'"
        return [Error("WEB_PUSH_KEY is not 32 bytes in base64url.", hint=hint, id="notifications.E001")]
    return []
