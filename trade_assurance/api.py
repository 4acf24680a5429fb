"""The REST API's routes, all under /api/v1/."""

from rest_framework.routers import SimpleRouter

from orders.api import OrderViewSet

router = SimpleRouter()
router.register("orders", OrderViewSet, basename="api-order")
urlpatterns = router.urls
