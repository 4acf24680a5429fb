"""The forms of paying: a checkout, and who paid."""

import uuid

from django import forms

from payments.models import Method


class CheckoutForm(forms.Form):
    """Which way to pay; the key makes a double click one payment."""

    method = forms.ChoiceField(choices=Method.choices, error_messages={"required": "Choose how you want to pay."})
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class PayerForm(forms.Form):
    """Who sent a transfer. Both are asked for by the action, as whoever disowns the money fills in neither."""

    question = forms.IntegerField(widget=forms.HiddenInput)
    name = forms.CharField(
        label="Who sent it",
        max_length=200,
        required=False,
        help_text="The company or person as their bank writes it. We compare it with the name on the transfer.",
    )
    relation = forms.CharField(
        label="Why they pay for you",
        max_length=300,
        required=False,
        help_text="For example: our parent company, our trading agent.",
    )
