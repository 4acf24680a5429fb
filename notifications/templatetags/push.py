"""The part of the settings that turns notices in browsers on and off."""

from django import template

from notifications.push import keys
from notifications.push.actions import BROWSERS_MAX
from notifications.push.models import Browser

register = template.Library()


@register.inclusion_tag("notifications/push.html", takes_context=True)
def push_settings(context) -> dict:
    """A person's browsers and the way to add this one; nothing where the site does not push."""
    request = context["request"]
    if not keys.is_on():
        return {"key": ""}
    browsers = list(Browser.objects.filter(user=request.user).order_by("-id"))
    found = {"request": request, "csrf_token": context.get("csrf_token"), "key": keys.public(), "browsers": browsers}
    return found | {"most": BROWSERS_MAX, "is_full": len(browsers) >= BROWSERS_MAX}
