"""Forms and browsers in plain words, for the account pages."""

import re

from django import template
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

register = template.Library()

PASSWORD_HINT = _lazy(
    "At least 10 characters, not a common password, not like your name or e-mail. Several words work well."
)
PASSWORDLESS_HINT = _lazy("The device checks your finger, face or PIN instead.")
ADDRESS = _lazy("E-mail address")
LABELS = {  # by django-allauth's own words, in English
    "Remember Me": _lazy("Keep me signed in on this device"),
    "Current Password": _lazy("Current password"),
    "New Password": _lazy("New password"),
    "New Password (again)": _lazy("New password, once more"),
    "Password (again)": _lazy("Password, once more"),
    "Authenticator code": _lazy("Code from the app"),
    "Code": _lazy("Code"),
    "Passwordless": _lazy("Let this key sign me in without my password"),
}
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@register.filter
def plain(form):
    """The fields of one of django-allauth's forms in our words, without placeholders that repeat the label."""
    for name, field in form.fields.items():
        bound = form[name]  # cached by the form, with its own copy of label and hint
        field.widget.attrs.pop("placeholder", None)
        with translation.override("en"):
            known = str(field.label)
        label = ADDRESS if name in ("login", "email") else LABELS.get(known, field.label)
        bound.label = field.label = label
        if name == "password1":
            bound.help_text = field.help_text = PASSWORD_HINT
        elif name == "passwordless":
            bound.help_text = field.help_text = PASSWORDLESS_HINT
        elif name == "code":
            field.widget.attrs |= {"inputmode": "numeric", "spellcheck": "false"}
    return form


@register.filter
def browser(user_agent):
    """A user agent in words: "Chrome on Windows"; what cannot be read is "Unknown browser"."""
    name = next((name for mark, name in BROWSERS if re.search(rf"{mark}[A-Za-z]*/", user_agent)), _("Unknown browser"))
    system = next((system for mark, system in SYSTEMS if mark in user_agent), "")
    return _("{browser} on {system}").format(browser=name, system=system) if system else name
