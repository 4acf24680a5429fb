"""Forms for passkeys and security keys: whatever a browser or an attacker sends is refused in words, never a crash.

django-allauth answers TypeError and ValueError of its parser; a missing part, a cut-off binary or a wrong signature
would go up as an error of the server.
"""

import struct
from contextlib import contextmanager

from allauth.mfa.webauthn import forms as allauth_forms
from cryptography.exceptions import InvalidSignature
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _lazy

NOT_ACCEPTED = _lazy("This key was not accepted. Try again, or sign in another way.")
BROKEN = (AttributeError, IndexError, KeyError, TypeError, ValueError, struct.error, InvalidSignature)


@contextmanager
def _refused_in_words():
    try:
        yield
    except ValidationError as error:
        if getattr(error, "code", "") != "incorrect_code":
            raise
        raise ValidationError(NOT_ACCEPTED) from error
    except BROKEN as error:
        raise ValidationError(NOT_ACCEPTED) from error


class _Signing:
    def clean_credential(self):
        with _refused_in_words():
            return super().clean_credential()


class LoginForm(_Signing, allauth_forms.LoginWebAuthnForm):
    pass


class AuthenticateForm(_Signing, allauth_forms.AuthenticateWebAuthnForm):
    pass


class ReauthenticateForm(_Signing, allauth_forms.ReauthenticateWebAuthnForm):
    pass


class AddForm(allauth_forms.AddWebAuthnForm):
    def clean(self):
        with _refused_in_words():
            return super().clean()
