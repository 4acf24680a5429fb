from django.urls import path

from orders import portal_views as views
from orders.views import reviewing, shipping
from suppliers import product_views, rating_views, team_views, verification_views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("register/", views.register, name="register"),
    path("orders/", views.orders, name="orders"),
    path("shipments/", shipping.shipments, name="shipments"),
    path("shipments/file/", shipping.shipments_file, name="shipments_file"),
    path("shipments/template.csv", shipping.shipments_template, name="shipments_template"),
    path("contracts/new/", views.new_contract, name="new_contract"),
    path("contracts/begin/", views.begin_contract, name="begin_contract"),
    path("reviews/", reviewing.portal_list, name="reviews"),
    path("rating/", rating_views.rating, name="rating"),
    path("rating/<slug:kind>/", rating_views.behind, name="rating_behind"),
    path("team/", team_views.team, name="team"),
    path("team/invitations/<int:invitation_id>/withdraw/", team_views.withdraw, name="withdraw_invitation"),
    path("join/<str:token>/", team_views.join, name="join"),
    path("team/<int:member_id>/role/", team_views.change_role, name="change_role"),
    path("team/<int:member_id>/remove/", team_views.remove_member, name="remove_member"),
    path("profile/", views.profile, name="profile"),
    path("documents/", verification_views.documents, name="documents"),
    path("documents/ask/", verification_views.ask, name="ask_verification"),
    path("documents/withdraw/", verification_views.withdraw, name="withdraw_verification"),
    path("documents/<int:document_id>/", verification_views.document, name="document"),
    path("documents/<int:document_id>/remove/", verification_views.remove_document, name="remove_document"),
    path("products/", product_views.products, name="products"),
    path("products/new/", product_views.add, name="add_product"),
    path("products/<int:product_id>/", product_views.change, name="product"),
    path("products/<int:product_id>/archive/", product_views.archive, name="archive_product"),
    path("products/<int:product_id>/restore/", product_views.restore, name="restore_product"),
    path("products/<int:product_id>/photos/", product_views.add_photos, name="add_photos"),
    path("products/<int:product_id>/photos/<int:photo_id>/first/", product_views.put_photo_first, name="first_photo"),
    path("products/<int:product_id>/photos/<int:photo_id>/remove/", product_views.remove_photo, name="remove_photo"),
]
