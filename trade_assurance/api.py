"""The REST API's routes, all under /api/v1/; what no route takes is a problem document too."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from orders.api.amending import AmendmentView
from orders.api.contract import CheckView, ContractView
from orders.api.delivery import DeliveryView, ReceiptFiles
from orders.api.order import OrderViewSet
from orders.api.speaking import FileView, MessageView, ReviewView
from orders.api.todo import StepsView
from payments.api.earning import EarningView
from payments.api.paying import PayingView, PaymentView
from payments.api.statements import StatementFileViewSet
from trade_assurance.rest.views import NoSuchAddress

router = SimpleRouter(use_regex_path=True)
for prefix, basename, view in (
    ("orders", "order", OrderViewSet),
    ("orders", "contract", ContractView),
    ("orders", "amendment", AmendmentView),
    ("orders", "delivery", DeliveryView),
    ("orders", "receipt", ReceiptFiles),
    ("orders", "message", MessageView),
    ("orders", "file", FileView),
    ("orders", "review", ReviewView),
    ("orders", "paying", PayingView),
    ("steps", "steps", StepsView),
    ("contracts/check", "check", CheckView),
    ("payments", "payment", PaymentView),
    ("suppliers", "earning", EarningView),
    ("statements", "statement", StatementFileViewSet),
):
    router.register(prefix, view, basename=f"api-{basename}")
urlpatterns = [*router.urls, re_path(r"^.*\Z", NoSuchAddress.as_view(), name="api-nowhere")]
