from django.urls import path

from orders import portal_views as views
from orders.views import reviewing
from suppliers import rating_views, team_views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("orders/", views.orders, name="orders"),
    path("contracts/new/", views.new_contract, name="new_contract"),
    path("reviews/", reviewing.portal_list, name="reviews"),
    path("rating/", rating_views.rating, name="rating"),
    path("rating/<slug:kind>/", rating_views.behind, name="rating_behind"),
    path("team/", team_views.team, name="team"),
    path("team/invitations/<int:invitation_id>/withdraw/", team_views.withdraw, name="withdraw_invitation"),
    path("join/<str:token>/", team_views.join, name="join"),
    path("team/<int:member_id>/role/", team_views.change_role, name="change_role"),
    path("team/<int:member_id>/remove/", team_views.remove_member, name="remove_member"),
    path("profile/", views.profile, name="profile"),
]
