from django.urls import path

from accounts import data_views, key_views, oauth_views, views

app_name = "accounts"

urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("language/", views.choose_language, name="language"),
    path("settings/mails/", views.choose_mails, name="mails"),
    path("settings/keys/", key_views.keys, name="keys"),
    path("settings/keys/<int:key_id>/revoke/", key_views.revoke, name="revoke_key"),
    path("settings/programs/", oauth_views.programs, name="programs"),
    path("settings/programs/<int:program_id>/remove/", oauth_views.remove, name="remove_program"),
    path("settings/programs/<int:program_id>/end/", oauth_views.end, name="end_access"),
    path("settings/data/", data_views.data, name="data"),
    path("settings/data/copy/", data_views.copy, name="copy"),
    path("settings/data/erase/", data_views.erase, name="erase"),
    path("settings/data/keep/", data_views.keep, name="keep"),
    path("mails/stop/<str:token>/", views.stop_mail, name="stop_mail"),
]
