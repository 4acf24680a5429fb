"""Who asks: a person's own key, a third party's OAuth 2 token, or the browser's session (with its CSRF token)."""

from django.db import connection
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from rest_framework import authentication, permissions
from rest_framework.exceptions import AuthenticationFailed

from accounts import actions
from accounts.models import ApiKey
from trade_assurance.rest.problems import Problem

GONE = "This key does not exist or was revoked. Make one in your settings under “API”."
NO_KEY = "Send a key or a token as “Authorization: Bearer …”."
KEY_ALIVE = "SELECT 1 FROM accounts_apikey WHERE id = %s AND revoked_at IS NULL FOR KEY SHARE"
TOKEN_ALIVE = "SELECT 1 FROM oauth2_provider_accesstoken WHERE id = %s FOR KEY SHARE"
REALM = 'Bearer realm="api"'


def bearer(request) -> str | None:
    """The secret in the header; None where the header holds none."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


class KeyAuthentication(authentication.BaseAuthentication):
    """A person's API key; it acts as that person, as far as its scope goes."""

    def authenticate(self, request):
        secret = bearer(request)
        if secret is None or not secret.startswith(("ta_live_", "ta_test_")):
            return None
        found = ApiKey.objects.alive().select_related("user").filter(secret_hash=actions.hash_of(secret))
        key = found.first() if secret.isascii() else None
        if key is None:
            raise AuthenticationFailed(GONE)
        now = timezone.now()
        if key.last_used_at is None or key.last_used_at < now.replace(second=0, microsecond=0):
            actions.note_used(key_id=key.pk, now=now)
        return key.user, key

    def authenticate_header(self, request):
        return REALM


class TokenAuthentication(authentication.BaseAuthentication):
    """The token that a person gave to a third party's program; only in the header, never in an address or a form."""

    def authenticate(self, request):
        if not request.META.get("HTTP_AUTHORIZATION"):
            return None
        secret, asked = bearer(request), Request("/")
        if not secret or not OAuth2Validator().validate_bearer_token(secret, [], asked) or not asked.user.is_active:
            raise AuthenticationFailed("This token does not exist, has ended or was revoked. Ask for a new one.")
        return asked.user, asked.access_token

    def authenticate_header(self, request):
        return REALM


class SessionAuthentication(authentication.SessionAuthentication):
    """The person who is signed in to the site in this browser."""

    def authenticate_header(self, request):
        return REALM


def scopes(request) -> set[str]:
    """What this request may do: read, write."""
    if request.auth is None:
        return {"read", "write"}
    if isinstance(request.auth, ApiKey):
        return {"read", "write"} if request.auth.scope == ApiKey.Scope.WRITE else {"read"}
    return set(request.auth.scope.split())


class InScope(permissions.BasePermission):
    """People who are signed in, by any of the ways; what changes something needs the scope `write`."""

    def has_permission(self, request, view):
        if not (request.user and request.user.is_authenticated):
            return False
        needed = "read" if request.method in permissions.SAFE_METHODS else "write"
        if needed not in scopes(request):
            raise Problem("insufficient-scope", f"This key or token does not have the scope “{needed}”.")
        return True


def demand_alive(request) -> None:
    """Raise AuthenticationFailed if the key or token was revoked since the request came; else nobody revokes it until
    this transaction has ended.

    The lock lets requests of one key run side by side, and notes of its use pass; a revocation waits for them.
    """
    if request.auth is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(KEY_ALIVE if isinstance(request.auth, ApiKey) else TOKEN_ALIVE, [request.auth.pk])
        if cursor.fetchone() is None:
            raise AuthenticationFailed(GONE)


class KeyScheme(OpenApiAuthenticationExtension):
    target_class = "trade_assurance.rest.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema):
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A key from your settings, “API”. Keys of scope `read` change nothing.",
        }


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "trade_assurance.rest.authentication.TokenAuthentication"
    name = "oauth2"

    def get_security_requirement(self, auto_schema):
        return {self.name: ["read" if auto_schema.method in ("GET", "HEAD", "OPTIONS") else "write"]}

    def get_security_definition(self, auto_schema):
        return {
            "type": "oauth2",
            "description": "For programs of third parties: authorization code with PKCE (S256).",
            "flows": {
                "authorizationCode": {
                    "authorizationUrl": "/oauth/authorize/",
                    "tokenUrl": "/oauth/token/",
                    "scopes": {"read": "See what the person sees", "write": "Do what the person may do"},
                }
            },
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "trade_assurance.rest.authentication.SessionAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "With X-CSRFToken for changes."}
