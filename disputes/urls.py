from django.urls import path

from disputes.views import evidence

app_name = "disputes"
urlpatterns = [
    path("disputes/<str:reference>/evidence/", evidence.evidence, name="evidence"),
    path("disputes/<str:reference>/evidence/<int:number>/", evidence.file, name="file"),
    path("disputes/<str:reference>/evidence/<int:number>/preview/", evidence.preview, name="preview"),
]
