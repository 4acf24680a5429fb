from django.urls import include, path

from notifications import views

app_name = "notifications"

urlpatterns = [
    path("settings/calendar/", views.calendar_page, name="calendar"),
    path("settings/calendar/address/", views.make_address, name="make_address"),
    path("settings/calendar/end/", views.end_address, name="end_address"),
    path("calendar/<str:secret>.ics", views.feed, name="feed"),
    path("", include("notifications.webhooks.urls")),
]
