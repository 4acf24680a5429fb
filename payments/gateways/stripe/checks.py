"""What `manage.py check` says before anybody pays: a key is missing, or real money is on in the wrong place."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

PATH = "payments.gateways.stripe.gateway.Stripe"
HERE = ("127.0.0.1", "localhost", "::1")


@register("payments")
def stripe_is_set_up(app_configs=None, **kwargs) -> list[CheckMessage]:
    """Errors of the settings PAYMENT_GATEWAYS and STRIPE_*; none when Stripe is not chosen."""
    chosen = {method for method, path in settings.PAYMENT_GATEWAYS.items() if path == PATH}
    if not chosen:
        return []
    key = settings.STRIPE_SECRET_KEY
    live = key.startswith(("sk_live_", "rk_live_"))
    found = []
    if "tt" in chosen:
        found.append(("Stripe takes cards and online payments only: name another gateway for tt.", 1))
    if not key:
        found.append(("STRIPE_SECRET_KEY is missing, and PAYMENT_GATEWAYS names Stripe.", 2))
    elif not live and not key.startswith(("sk_test_", "rk_test_")):
        found.append(("STRIPE_SECRET_KEY is not a secret or restricted key: it starts with sk_ or rk_.", 3))
    if live and (settings.DEBUG or settings.DEMO or settings.SANDBOX):
        found.append(("A live Stripe key takes real money: switch DEBUG, DEMO and SANDBOX off, or use a test key.", 4))
    if not settings.STRIPE_WEBHOOK_SECRETS:
        found.append(("STRIPE_WEBHOOK_SECRETS is missing: nothing that Stripe reports could be believed.", 5))
    if live and not settings.HTTPS:
        found.append(("With a live Stripe key SITE_URL starts with https://.", 6))
    base = urlsplit(settings.STRIPE_API_BASE)
    if base.scheme != "https" and base.hostname not in HERE:
        found.append(("STRIPE_API_BASE starts with https://, unless it is on this machine.", 7))
    errors = [Error(sentence, id=f"payments.E{number:03}") for sentence, number in found]
    if "tt" not in settings.PAYMENT_GATEWAYS:
        sentence = "Name a gateway for tt too: without it no refund leaves by transfer and no supplier is paid."
        errors.append(Warning(sentence, id="payments.W008"))
    return errors
