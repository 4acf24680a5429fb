from django.urls import path

from orders import portal_views as views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("orders/", views.orders, name="orders"),
    path("contracts/new/", views.new_contract, name="new_contract"),
    path("team/", views.team, name="team"),
    path("team/<int:member_id>/role/", views.change_role, name="change_role"),
    path("team/<int:member_id>/remove/", views.remove_member, name="remove_member"),
    path("profile/", views.profile, name="profile"),
]
