"""Calling Stripe: one client, no retries of its own, and two kinds of error. Nothing of a card is ever logged."""

from collections.abc import Callable, Iterator
from functools import lru_cache

import stripe
import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from payments.gateways import Unreachable
from trade_assurance.refused import Refused

logger = structlog.get_logger()


class Declined(Refused):
    """Stripe has understood the call and won't do it; `code` is its word for the reason."""

    def __init__(self, sentence: str, code: str):
        super().__init__(sentence)
        self.code = code


@lru_cache(maxsize=4)
def _client(key: str, base: str, timeout: int):
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=0,  # the sweeps ask again, and a page does not wait
    )


def api():
    """Stripe's API as the settings say (STRIPE_SECRET_KEY, STRIPE_API_BASE)."""
    if not settings.STRIPE_SECRET_KEY:
        raise Refused(_("This way to pay is not set up here. Choose another."))
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT).v1


def asked(call: Callable, *arguments) -> dict:
    """Ask Stripe. Whatever is not an answer raises Unreachable: what it means is not known, and is not guessed."""
    try:
        return call(*arguments).to_dict()
    except stripe.StripeError as error:
        _log(call, error)
        raise Unreachable from error


def listed(call: Callable, parameters: dict) -> Iterator[dict]:
    """All that a list of Stripe's has, page by page. Raises Unreachable."""
    parameters = parameters | {"limit": 100}
    while True:
        page = asked(call, parameters)
        yield from page["data"]
        if not page.get("has_more") or not page["data"]:
            return
        parameters["starting_after"] = page["data"][-1]["id"]


def told(call: Callable, *arguments) -> dict:
    """Tell Stripe to do something, under an idempotency key. Raises Declined when it won't, Unreachable otherwise."""
    try:
        return call(*arguments).to_dict()
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        _log(call, error)
        raise Declined(error.user_message or "The processor gave no reason.", error.code or "") from error
    except stripe.StripeError as error:
        _log(call, error)
        raise Unreachable from error


def _log(call: Callable, error: stripe.StripeError) -> None:
    """Stripe's own words can quote what it was sent, so only their kind, their code and the request's id are kept."""
    logger.warning(
        "stripe gave no answer",
        call=getattr(call, "__qualname__", ""),
        error=type(error).__name__,
        status=error.http_status,
        code=error.code or "",
        request=error.request_id or "",
    )
