from django.urls import path

from payments.gateways.sandbox import views

app_name = "sandbox"
urlpatterns = [
    path("charge/<str:reference>/", views.charge, name="charge"),
    path("charge/<str:reference>/contest/", views.contest, name="contest"),
    path("transfer/<str:reference>/", views.transfer, name="transfer"),
]
