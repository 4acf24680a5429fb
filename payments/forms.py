"""The form of a checkout."""

import uuid

from django import forms

from payments.models import Method


class CheckoutForm(forms.Form):
    """Which way to pay; the key makes a double click one payment."""

    method = forms.ChoiceField(choices=Method.choices, error_messages={"required": "Choose how you want to pay."})
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
