from django.urls import path

from payments import views

app_name = "payments"
urlpatterns = [
    path("orders/<str:reference>/pay/<int:number>/", views.checkout, name="checkout"),
    path("payments/<uuid:public_id>/", views.detail, name="detail"),
    path("payments/<uuid:public_id>/state/", views.state, name="state"),
    path("portal/payouts/", views.payouts, name="payouts"),
]
