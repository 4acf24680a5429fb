"""The REST API's routes, all under /api/v1/; what no route takes is a problem document too."""

from django.urls import re_path
from rest_framework.routers import SimpleRouter

from disputes.api.case import DisputeMessageView, DisputeViewSet
from disputes.api.claim import ClaimView
from disputes.api.evidence import EvidenceView
from disputes.api.goods import GoodsView
from disputes.api.papers import CaseFileView
from disputes.api.talk import OfferView
from notifications.api.inbox import NoticeView
from notifications.api.webhooks import WebhookLogView, WebhookView
from orders.api.amending import AmendmentView
from orders.api.contract import CheckView, ContractView
from orders.api.delivery import DeliveryView
from orders.api.order import OrderViewSet
from orders.api.papers import PaperView
from orders.api.receipt_files import ReceiptFiles
from orders.api.speaking import FileView, MessageView, ReviewView
from orders.api.todo import StepsView
from payments.api.account import PayoutAccountView
from payments.api.earning import EarningView
from payments.api.payer import PayerView
from payments.api.paying import PayingView, PaymentView
from payments.api.statements import StatementFileViewSet
from suppliers.api.company import CompanyView, ProductView
from suppliers.api.directory import ReviewsView, SupplierView
from suppliers.api.documents import DocumentView, VerificationView
from suppliers.api.photos import ProductPhotoView
from suppliers.api.team import TeamView
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
    ("orders", "payer", PayerView),
    ("orders", "claim", ClaimView),
    ("orders", "paper", PaperView),
    ("orders", "case-file", CaseFileView),
    ("disputes", "dispute", DisputeViewSet),
    ("disputes", "dispute-message", DisputeMessageView),
    ("disputes", "offer", OfferView),
    ("disputes", "goods", GoodsView),
    ("disputes", "evidence", EvidenceView),
    ("steps", "steps", StepsView),
    ("contracts/check", "check", CheckView),
    ("payments", "payment", PaymentView),
    ("suppliers", "supplier", SupplierView),
    ("suppliers", "supplier-review", ReviewsView),
    ("suppliers", "product", ProductView),
    ("suppliers", "company", CompanyView),
    ("suppliers", "product-photo", ProductPhotoView),
    ("suppliers", "team", TeamView),
    ("suppliers", "document", DocumentView),
    ("suppliers", "verification", VerificationView),
    ("suppliers", "earning", EarningView),
    ("suppliers", "payout-account", PayoutAccountView),
    ("inbox", "inbox", NoticeView),
    ("webhooks", "webhook", WebhookView),
    ("webhooks", "webhook-log", WebhookLogView),
    ("statements", "statement", StatementFileViewSet),
):
    router.register(prefix, view, basename=f"api-{basename}")
urlpatterns = [*router.urls, re_path(r"^.*\Z", NoSuchAddress.as_view(), name="api-nowhere")]
