from django.urls import path

from payments import portal_views, transfer_views, views
from payments.gateways.stripe import views as stripe

app_name = "payments"
urlpatterns = [
    path("orders/<str:reference>/pay/<int:number>/", views.checkout, name="checkout"),
    path("orders/<str:reference>/pay/<int:number>/instructions/", transfer_views.instruction, name="instruction"),
    path(
        "orders/<str:reference>/pay/<int:number>/instructions.pdf",
        transfer_views.instruction_pdf,
        name="instruction_pdf",
    ),
    path("orders/<str:reference>/payer/", transfer_views.payer, name="payer"),
    path("payments/<uuid:public_id>/", views.detail, name="detail"),
    path("payments/<uuid:public_id>/state/", views.state, name="state"),
    path("portal/payouts/", views.payouts, name="payouts"),
    path("webhooks/stripe/", stripe.webhook, name="stripe_webhook"),
    path("portal/statement/", portal_views.statement, name="statement"),
    path("portal/statement.csv", portal_views.statement_csv, name="statement_csv"),
    path("portal/statement.pdf", portal_views.statement_pdf_file, name="statement_pdf"),
    path("portal/payouts/account/", portal_views.payout_account, name="payout_account"),
    path(
        "portal/payouts/account/<int:account_id>/withdraw/",
        portal_views.withdraw_account,
        name="withdraw_payout_account",
    ),
]
