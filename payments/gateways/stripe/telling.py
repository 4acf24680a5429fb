"""What Stripe reports by webhook: is it Stripe's, what may be kept of it, and what is it about."""

import hashlib
import json
import re
from datetime import UTC, datetime
from uuid import UUID

import stripe
from django.conf import settings

from payments.gateways import Meaning, NotGenuine, Report

_ID = re.compile(r"[a-z]{2,12}_[A-Za-z0-9_]{3,120}")
_WORD = re.compile(r"[a-z][a-z_.0-9]{0,60}")
_DIGITS = re.compile(r"[0-9]{12}")  # a run this long could be a card's number, and is never kept
# Fields that may be kept, by what they can hold. A card's digits, a name or an address fits none of them.
IDS = ("id", "payment_intent", "charge", "latest_charge", "balance_transaction", "payout", "source")
WORDS = ("object", "status", "payment_status", "currency", "reason", "failure_code", "failure_reason", "type")
NUMBERS = ("amount", "amount_total", "amount_received", "amount_refunded", "created", "arrival_date")
KEYS = ("payment", "refund")


STRANGE = ("It is not an event of Stripe's.", "form")


def read(body: bytes, signature: str) -> Report:
    """The report, when it is signed with a secret of ours, not old, and for us. Raises NotGenuine with the reason."""
    _check_signature(body, signature)
    try:
        event = json.loads(body)
        named = {"id": event["id"], "type": event["type"], "created": event["created"]}
        inner, live, account = event["data"]["object"], event["livemode"], event.get("account")
        said_at = datetime.fromtimestamp(named["created"], UTC)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError, RecursionError) as error:
        raise NotGenuine(*STRANGE) from error
    if not isinstance(inner, dict) or _kept_id(named["id"]) is None or _kept_word(named["type"]) is None:
        raise NotGenuine(*STRANGE)
    if live is not _is_live(settings.STRIPE_SECRET_KEY):
        raise NotGenuine("It is of Stripe's other mode: live here, test there, or the other way round.", "mode")
    if account:  # only events of accounts that are connected to ours carry it
        raise NotGenuine("It is of another account at Stripe: the webhook listens to connected accounts.", "account")
    return Report(
        event=named["id"],
        kind=named["type"],
        said_at=said_at,
        body=kept(inner),
        digest=hashlib.sha256(body).hexdigest(),
    )


def _check_signature(body: bytes, signature: str) -> None:
    """Raise NotGenuine unless one of our secrets has signed the body, lately."""
    secrets = settings.STRIPE_WEBHOOK_SECRETS
    if not secrets:
        raise NotGenuine("No secret is set up to check it with (STRIPE_WEBHOOK_SECRETS).", "secret")
    is_old = False
    for secret in secrets:
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret)  # whatever its age
        except (stripe.SignatureVerificationError, UnicodeDecodeError):
            continue
        try:
            stripe.WebhookSignature.verify_header(body, signature, secret, settings.STRIPE_WEBHOOK_TOLERANCE)
            return
        except stripe.SignatureVerificationError:
            is_old = True
    if is_old:
        most = settings.STRIPE_WEBHOOK_TOLERANCE
        raise NotGenuine(
            f"It is signed, and older than {most} seconds: sent again by somebody, or a clock is wrong.", "old"
        )
    raise NotGenuine("It is not signed with a secret of ours (STRIPE_WEBHOOK_SECRETS).", "unsigned")


def _is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_"))


def kept(said: dict) -> dict:
    """What is stored of an object that Stripe reports: ids, codes, amounts and our own keys, and nothing else."""
    found = {}
    for names, keep in ((IDS, _kept_id), (WORDS, _kept_word), (NUMBERS, _kept_number)):
        found |= {name: keep(said[name]) for name in names if name in said}
    found["client_reference_id"] = _kept_key(said.get("client_reference_id"))
    metadata = said.get("metadata")
    if isinstance(metadata, dict):
        found["metadata"] = {name: key for name in KEYS if (key := _kept_key(metadata.get(name)))}
    return {name: value for name, value in found.items() if value is not None}


def _kept_id(value) -> str | None:
    value = value.get("id") if isinstance(value, dict) else value
    fits = isinstance(value, str) and _ID.fullmatch(value) and not _DIGITS.search(value)
    return value if fits else None


def _kept_word(value) -> str | None:
    fits = isinstance(value, str) and _WORD.fullmatch(value) and not _DIGITS.search(value)
    return value if fits else None


def _kept_number(value) -> int | None:
    return value if type(value) is int and abs(value) < 10**12 else None


def _kept_key(value) -> str | None:
    try:
        return str(UUID(value))
    except (ValueError, TypeError, AttributeError):
        return None


def meaning(kind: str, body: dict) -> Meaning:
    """What a report is about, from the fields of it that we kept."""
    reference, intent = body.get("id", ""), body.get("payment_intent", "")
    key = (body.get("metadata") or {}).get("payment", "") or body.get("client_reference_id", "")
    if kind.startswith("charge.dispute."):
        return Meaning("case", reference, intent=intent)
    if kind == "charge.refunded":
        return Meaning("refund", key=key, intent=intent)
    if kind.startswith("refund.") or kind == "charge.refund.updated":
        return Meaning("refund", reference, key, intent)
    if kind.startswith("payment_intent."):
        return Meaning("payment", reference, key, reference)
    if kind.startswith("checkout.session."):
        return Meaning("payment", reference, key, intent)
    if kind == "payout.paid":
        return Meaning("settlement", reference)
    if kind == "payout.failed":
        sentence = f"Stripe's payout {reference} did not arrive at our bank ({body.get('failure_code', 'no reason')})."
        return Meaning("trouble", reference, sentence=sentence)
    return Meaning("nothing", reference)
