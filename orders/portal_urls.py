from django.urls import path

from orders import portal_views as views
from suppliers import rating_views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("orders/", views.orders, name="orders"),
    path("contracts/new/", views.new_contract, name="new_contract"),
    path("rating/", rating_views.rating, name="rating"),
    path("rating/<slug:kind>/", rating_views.behind, name="rating_behind"),
    path("team/", views.team, name="team"),
    path("team/<int:member_id>/role/", views.change_role, name="change_role"),
    path("team/<int:member_id>/remove/", views.remove_member, name="remove_member"),
    path("profile/", views.profile, name="profile"),
]
