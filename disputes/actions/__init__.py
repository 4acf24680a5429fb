"""Every change to a dispute. Each function locks the order's row, then the dispute's, and writes one event."""

from disputes.actions.appealing import appeal, waive_appeal
from disputes.actions.claiming import claim_cost, file_claim, withdraw_claim
from disputes.actions.deciding import Draft, approve, draft, propose, send_back, take_back
from disputes.actions.escalating import close_evidence, close_rebuttal, escalate, extend_talk, follow_bank
from disputes.actions.evidencing import add_evidence
from disputes.actions.executing import Preview, award_by_time, caps, execute, preview, spread
from disputes.actions.handling import ask, extend_decision, hand_back, log_view, pick_up
from disputes.actions.inspecting import choose_inspector, end_inspection, order_inspection, report_inspection
from disputes.actions.performing import (
    accept_performance,
    contest_performance,
    move_performance,
    record_delivery,
    send_goods,
)
from disputes.actions.talking import (
    accept_offer,
    expire_offer,
    make_offer,
    reject_offer,
    seal_limit,
    withdraw_offer,
)
from disputes.assessing import Assessment, Item, assess
from disputes.weighing import Finding

__all__ = [
    "Assessment",
    "Draft",
    "Finding",
    "Item",
    "Preview",
    "accept_offer",
    "accept_performance",
    "add_evidence",
    "appeal",
    "approve",
    "ask",
    "assess",
    "award_by_time",
    "caps",
    "choose_inspector",
    "claim_cost",
    "close_evidence",
    "close_rebuttal",
    "contest_performance",
    "draft",
    "end_inspection",
    "escalate",
    "execute",
    "expire_offer",
    "extend_decision",
    "extend_talk",
    "file_claim",
    "follow_bank",
    "hand_back",
    "log_view",
    "make_offer",
    "move_performance",
    "order_inspection",
    "pick_up",
    "preview",
    "propose",
    "record_delivery",
    "reject_offer",
    "report_inspection",
    "seal_limit",
    "send_back",
    "send_goods",
    "spread",
    "take_back",
    "waive_appeal",
    "withdraw_claim",
    "withdraw_offer",
]
