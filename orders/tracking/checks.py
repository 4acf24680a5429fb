"""What `manage.py check` says of the tracking service that settings name."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.translation import gettext as _

from orders.tracking import SERVICES

HERE = ("127.0.0.1", "localhost", "::1")


@register("orders")
def carriers_can_be_asked(app_configs=None, **kwargs) -> list[CheckMessage]:
    """Errors of the settings TRACKING and AFTERSHIP_*."""
    found = []
    if settings.TRACKING != "none" and settings.TRACKING not in SERVICES and "." not in settings.TRACKING:
        found.append((_("TRACKING is sandbox, aftership, none, or the dotted path of a class."), 1))
    if settings.TRACKING == "sandbox" and not settings.SANDBOX:
        found.append((_("TRACKING=sandbox plays pretend carriers: with real money name aftership or none."), 2))
    if settings.TRACKING == "aftership":
        base = urlsplit(settings.AFTERSHIP_API_BASE)
        if not settings.AFTERSHIP_API_KEY:
            found.append((_("AFTERSHIP_API_KEY is missing, and TRACKING names AfterShip."), 3))
        if base.scheme != "https" and base.hostname not in HERE:
            found.append((_("AFTERSHIP_API_BASE starts with https://, unless it is on this machine."), 4))
    return [Error(sentence, id=_("orders.E{number}").format(number=f"{number:03}")) for sentence, number in found]
