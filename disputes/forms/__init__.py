"""What people type into a case, turned into what actions take; whatever was typed is kept and shown again."""

from disputes.forms.claim import ClaimForms, CostForm
from disputes.forms.doing import AppealForm, ContestForm, DeliveryForm, InspectorForm, SendForm
from disputes.forms.talk import OfferForm, SealForm

__all__ = [
    "AppealForm",
    "ClaimForms",
    "ContestForm",
    "CostForm",
    "DeliveryForm",
    "InspectorForm",
    "OfferForm",
    "SealForm",
    "SendForm",
]
