"""The forms of paying: a checkout, and who paid."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _lazy

from payments.models import Method


class CheckoutForm(forms.Form):
    """Which way to pay; the key makes a double click one payment."""

    method = forms.ChoiceField(
        choices=Method.choices, error_messages={"required": _lazy("Choose how you want to pay.")}
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PayerForm(forms.Form):
    """Who sent a transfer; whoever disowns the money fills in neither field."""

    question = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=_lazy("Who sent it"),
        max_length=200,
        error_messages={"required": _lazy("Write the name of the company or person that sent the money.")},
        help_text=_lazy("The company or person as their bank writes it. We compare it with the name on the transfer."),
    )
    relation = forms.CharField(
        label=_lazy("Why they pay for you"),
        max_length=300,
        error_messages={"required": _lazy("Say why it pays for you, such as “our parent company”.")},
        help_text=_lazy("For example: our parent company, our trading agent."),
    )

    def __init__(self, *args, is_disowned: bool = False, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("name", "relation"):
            self.fields[name].required = not is_disowned
