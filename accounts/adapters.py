"""How django-allauth writes to people and keeps their secrets."""

import base64
import hashlib
import re

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

SITE_NAME = "Trade Assurance"
LINK = re.compile(r"(?P<label>[^\n]+?)(?:: |：\s*)(?P<url>https?://\S+)")
HEADS = (  # a paragraph that begins with such a line is a part of its own; each with the colour of its edge
    (_lazy("What happened"), "#dfdbd1"),
    (_lazy("What you must do"), "#a8430a"),
    (_lazy("By when"), "#a8430a"),
    (_lazy("If nobody acts"), "#dfdbd1"),
)


def _paragraph(text: str) -> dict:
    """One paragraph of a mail for its HTML part: a link becomes a button, a known heading a part of its own."""
    if link := LINK.fullmatch(text):
        return link.groupdict()
    head, _unused, rest = text.partition("\n")
    edge = next((edge for words, edge in HEADS if head == words), "")
    if edge and rest:
        return {"head": head, "text": rest, "edge": edge}
    return {"title": head, "text": rest} if rest.startswith("- ") else {"text": text}


class AccountAdapter(DefaultAccountAdapter):
    """E-mails in our words; the HTML part is made from the text part, so the two never differ."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": _lazy(
            "This e-mail address and password do not belong together. Check both, or reset your password."
        ),
        "too_many_login_attempts": _lazy("Too many attempts. Nothing is locked. Wait 5 minutes, then try again."),
        "incorrect_password": _lazy("This is not your password. Try again, or reset it."),
        "enter_current_password": _lazy("This is not your current password."),
        "incorrect_code": _lazy("This code is wrong or has expired. Enter the one that is shown now."),
        "rate_limited": _lazy("Too many attempts. Wait a minute, then try again."),
        "duplicate_email": _lazy("This is your address already."),
    }

    def send_mail(self, template_prefix, email, context):
        """In the language of whose address it is, even when a visitor's browser reads another one."""
        from accounts.mails import as_reader

        owner = EmailAddress.objects.filter(email=email).select_related("user").order_by("-verified").first()
        with as_reader(owner.user if owner else context.get("user")):
            super().send_mail(template_prefix, email, context)

    def clean_password(self, password, user=None):
        """As allauth does it; Django's words for a short password are not in each of our languages."""
        try:
            return super().clean_password(password, user)
        except ValidationError as error:
            for each in error.error_list:
                if each.code == "password_too_short":
                    n = each.params["min_length"]
                    each.message = ngettext(
                        "This password is too short. It must contain at least {n} character.",
                        "This password is too short. It must contain at least {n} characters.",
                        n,
                    ).format(n=n)
            raise

    def render_mail(self, template_prefix, email, context, headers=None):
        request = context.get("request")
        subject = " ".join(render_to_string(f"{template_prefix}_subject.txt", context, request).split())
        body = render_to_string(f"{template_prefix}_message.txt", context, request).strip()
        paragraphs = [_paragraph(text.strip()) for text in re.split(r"\n\s*\n", body)]
        stop = context.get("stop", "")  # the link that ends mails of this kind, from accounts.mails
        parts = {
            "subject": subject,
            "body": body,
            "paragraphs": paragraphs,
            "site": SITE_NAME,
            "home": settings.SITE_URL,
            "stop": stop,
        }
        message = EmailMultiAlternatives(
            subject,
            render_to_string("account/email/frame.txt", parts).strip() + "\n",
            self.get_from_email(),
            [email] if isinstance(email, str) else email,
            headers=headers,
        )
        message.attach_alternative(render_to_string("account/email/frame.html", parts), "text/html")
        return message


def _fernet():
    """Keys from SECRET_KEY and its fallbacks, so a rotated key still reads what the one before wrote."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = (hashlib.sha256(b"accounts.second-factor" + key.encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class MFAAdapter(DefaultMFAAdapter):
    """Second factors: secrets encrypted at rest, a QR code that a page can hold without a data URL."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _lazy("This code is wrong or has expired. Enter the one that is shown now."),
        "unverified_email": _lazy("Confirm your e-mail address first. Then you can set up a second factor."),
    }

    def encrypt(self, text):
        return _fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text):
        return _fernet().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url):
        return re.sub(r"^<\?xml[^>]*\?>\s*", "", super().build_totp_svg(url))

    def generate_authenticator_name(self, user, type):
        return _("Key {count}").format(count=Authenticator.objects.filter(user=user, type=type).count() + 1)

    def _get_site_name(self):
        return SITE_NAME
