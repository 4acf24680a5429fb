"""Addresses for tests of evidence: the site's, with a page that shows the evidence alone where a case's page is."""

import pytest
from django.shortcuts import get_object_or_404, render
from django.urls import include, path
from django.utils import timezone

from disputes import urls as disputes_urls
from disputes.models import Dispute
from disputes.views.evidence import case_files
from trade_assurance import urls as site_urls

PAGE = """
{% extends "base.html" %}{% block title %}Case{% endblock %}
{% block main %}
<h1 class="text-2xl">Case {{ dispute.reference }}</h1><div class="mt-8">{% include "disputes/evidence.html" %}</div>
{% endblock %}"""


@pytest.fixture
def evidence_page(settings, tmp_path):
    """The page of a case shows its evidence alone; files go to a folder of the test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    templates = tmp_path / "templates" / "tests"
    templates.mkdir(parents=True)
    (templates / "evidence_page.html").write_text(PAGE.strip())
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [*settings.TEMPLATES[0]["DIRS"], tmp_path / "templates"]}]
    settings.ROOT_URLCONF = "tests.disputes.evidence_page"


def detail(request, reference):
    disputes = Dispute.objects.visible_to(request.user).select_related("order__buyer", "order__supplier")
    dispute = get_object_or_404(disputes, reference=reference)
    shown = case_files(dispute, request.user, timezone.now())
    return render(request, "tests/evidence_page.html", {"evidence": shown, "dispute": dispute})


handler500 = site_urls.handler500
cases = [path("disputes/<str:reference>/", detail, name="detail"), *disputes_urls.urlpatterns]
urlpatterns = [path("", include((cases, "disputes"))), *site_urls.urlpatterns]
