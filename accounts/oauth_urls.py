"""OAuth 2: authorization code with PKCE and its tokens; nothing else of what the toolkit could do is served."""

from django.urls import path
from oauth2_provider import views as toolkit

from accounts import oauth_views

app_name = "oauth2_provider"

urlpatterns = [
    path("authorize/", oauth_views.Consent.as_view(), name="authorize"),
    path("token/", oauth_views.Tokens.as_view(), name="token"),
    path("revoke_token/", toolkit.RevokeTokenView.as_view(), name="revoke-token"),
]
