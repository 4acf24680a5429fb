from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from payments.admin.closing import finance
from trade_assurance import health, views

site_pages = [
    path("", views.landing, name="landing"),
    path("help/", views.help_centre, name="help"),
    path("fees/", views.fees, name="fees"),
    path("rulebook/", views.rulebook, name="rulebook"),
    path("terms/", views.terms, name="terms"),
    path("privacy/", views.privacy, name="privacy"),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("api/", views.api, name="api"),
    path("security/", views.security, name="security"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
]

urlpatterns = [
    path("", include((site_pages, "site"))),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("oauth/", include("accounts.oauth_urls")),
    path("", include("orders.urls")),
    path("", include("suppliers.urls")),
    path("", include("disputes.urls")),
    path("", include("payments.urls")),
    path("", include("notifications.urls")),
    path("sandbox/", include("payments.gateways.sandbox.urls")),
    path("portal/", include("orders.portal_urls")),
    path("api/v1/", include("trade_assurance.api")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="api_docs"),
    path("healthz", health.healthz, name="healthz"),
    path("admin/finance/", admin.site.admin_view(finance), name="finance"),
    path("admin/", admin.site.urls),
]

handler500 = "trade_assurance.views.server_error"
