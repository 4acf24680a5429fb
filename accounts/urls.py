from django.urls import path

from accounts import views

app_name = "accounts"

urlpatterns = [
    path("settings/", views.settings_page, name="settings"),
    path("settings/mails/", views.choose_mails, name="mails"),
    path("mails/stop/<str:token>/", views.stop_mail, name="stop_mail"),
]
