"""The same pages twice: a person's own webhooks in the settings, and a company's in the portal."""

from django.urls import include, path

from notifications.webhooks import views
from notifications.webhooks.views import COMPANY

PAGES = [
    path("", views.endpoints, name="list"),
    path("add/", views.add, name="add"),
    path("<uuid:webhook_id>/", views.endpoint, name="endpoint"),
    path("<uuid:webhook_id>/edit/", views.edit, name="edit"),
    path("<uuid:webhook_id>/secret/", views.secret, name="secret"),
    path("<uuid:webhook_id>/rotate/", views.rotate, name="rotate"),
    path("<uuid:webhook_id>/test/", views.test, name="test"),
    path("<uuid:webhook_id>/on/", views.turn_on, name="on"),
    path("<uuid:webhook_id>/off/", views.turn_off, name="off"),
    path("<uuid:webhook_id>/replay/", views.replay_failed, name="replay_failed"),
    path("<uuid:webhook_id>/delete/", views.delete, name="delete"),
    path("<uuid:webhook_id>/messages/<uuid:message_id>/", views.message, name="message"),
    path("<uuid:webhook_id>/messages/<uuid:message_id>/replay/", views.replay, name="replay"),
]

urlpatterns = [
    path("settings/webhooks/", include((PAGES, "webhooks"), namespace="webhooks"), {"pages": "webhooks"}),
    path("portal/webhooks/", include((PAGES, "webhooks"), namespace=COMPANY), {"pages": COMPANY}),
]
