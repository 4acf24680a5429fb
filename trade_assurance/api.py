"""The REST API's routes, all under /api/v1/; what no route takes is a problem document too."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from orders.api.order import OrderViewSet
from payments.api import StatementFileViewSet
from trade_assurance.rest.views import NoSuchAddress

router = SimpleRouter(use_regex_path=True)
router.register("orders", OrderViewSet, basename="api-order")
router.register("statements", StatementFileViewSet, basename="api-statement")
urlpatterns = [*router.urls, re_path(r"^.*\Z", NoSuchAddress.as_view(), name="api-nowhere")]
