from django.urls import include, path

from notifications import inbox_views, sent_views, views
from notifications.push import views as push_views

app_name = "notifications"

urlpatterns = [
    path("inbox/", inbox_views.page, name="inbox"),
    path("inbox/read/", inbox_views.mark_all_read, name="mark_all_read"),
    path("inbox/<int:pk>/read/", inbox_views.mark_read, name="mark_read"),
    path("dev/mail/", sent_views.sent, name="sent_mail"),
    path("dev/mail/<str:name>/", sent_views.one, name="one_sent_mail"),
    path("dev/mail/<str:name>/html/", sent_views.html, name="sent_mail_html"),
    path("settings/calendar/", views.calendar_page, name="calendar"),
    path("settings/calendar/address/", views.make_address, name="make_address"),
    path("settings/calendar/end/", views.end_address, name="end_address"),
    path("sw.js", push_views.worker, name="push_worker"),
    path("settings/push/", push_views.turn_on, name="push_on"),
    path("settings/push/<int:browser_id>/remove/", push_views.turn_off, name="push_off"),
    path("calendar/<str:secret>.ics", views.feed, name="feed"),
    path("", include("notifications.webhooks.urls")),
]
