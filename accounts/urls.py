from django.urls import path

from accounts import key_views, views

app_name = "accounts"

urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("settings/mails/", views.choose_mails, name="mails"),
    path("settings/keys/", key_views.keys, name="keys"),
    path("settings/keys/<int:key_id>/revoke/", key_views.revoke, name="revoke_key"),
    path("mails/stop/<str:token>/", views.stop_mail, name="stop_mail"),
]
