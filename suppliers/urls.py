from django.urls import path

from suppliers import directory_views, product_views, views

app_name = "suppliers"
urlpatterns = [
    path("suppliers/", directory_views.directory, name="directory"),
    path("suppliers/<slug:slug>/", views.profile, name="profile"),
    path("products/<slug:slug>/", product_views.product, name="product"),
    path("products/photos/<uuid:photo_id>/<int:width>/", product_views.photo, name="photo"),
    path("switch/", views.switch, name="switch"),
]
