from django.urls import path

from orders.views import contract, delivery, drafting, home, order, receiving, reviewing

app_name = "orders"
urlpatterns = [
    path("dashboard/", home.dashboard, name="dashboard"),
    path("orders/", home.order_list, name="list"),
    path("orders/new/", drafting.new, name="new"),
    path("orders/request/", drafting.ask_for_draft, name="request"),
    path("orders/total/", drafting.total, name="total"),
    path("orders/<str:reference>/", order.detail, name="detail"),
    path("orders/<str:reference>/contract/", contract.contract, name="contract"),
    path("orders/<str:reference>/contract/edit/", drafting.edit, name="edit"),
    path("orders/<str:reference>/accept/", contract.accept, name="accept"),
    path("orders/<str:reference>/send/", drafting.send, name="send"),
    path("orders/<str:reference>/decline/", order.cancel, name="decline"),
    path("orders/<str:reference>/attachments/", drafting.attach, name="attach"),
    path("orders/<str:reference>/attachments/<int:attachment_id>/", drafting.attachment, name="attachment"),
    path("orders/<str:reference>/attachments/<int:attachment_id>/remove/", drafting.detach, name="detach"),
    path("orders/<str:reference>/cancel/", order.cancel, name="cancel"),
    path("orders/<str:reference>/cancel/propose/", order.propose_cancel, name="propose_cancel"),
    path("orders/<str:reference>/cancel/withdraw/", order.withdraw_proposal, name="withdraw_proposal"),
    path("orders/<str:reference>/production/", order.confirm_production, name="confirm_production"),
    path("orders/<str:reference>/ship/", delivery.ship, name="ship"),
    path("orders/<str:reference>/receipt/", receiving.receipt, name="receipt"),
    path("orders/<str:reference>/receipt/later/", receiving.later_receipt, name="later_receipt"),
    path("orders/<str:reference>/receipt/later/<int:later_id>/proof/", receiving.later_proof, name="later_proof"),
    path("orders/<str:reference>/receipt/photos/<int:photo_id>/", receiving.photo, name="receipt_photo"),
    path(
        "orders/<str:reference>/receipt/photos/<int:photo_id>/original/",
        receiving.photo_original,
        name="receipt_photo_original",
    ),
    path("orders/<str:reference>/shipments/<int:number>/packing-list/", receiving.packing, name="packing_list"),
    path("orders/<str:reference>/extend/", order.extend_confirm, name="extend_confirm"),
    path("orders/<str:reference>/review/", reviewing.review, name="review"),
    path("orders/<str:reference>/review/reply/", reviewing.reply, name="reply"),
    path("orders/<str:reference>/review/revise/", reviewing.revise, name="revise"),
    path("orders/<str:reference>/messages/", order.message, name="message"),
]
