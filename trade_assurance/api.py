"""The REST API's routes, all under /api/v1/."""

from rest_framework.routers import SimpleRouter

from orders.api import OrderViewSet
from payments.api import StatementFileViewSet

router = SimpleRouter()
router.register("orders", OrderViewSet, basename="api-order")
router.register("statements", StatementFileViewSet, basename="api-statement")
urlpatterns = router.urls
