"""What a person enters about a webhook."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from notifications.webhooks import catalogue, guard
from notifications.webhooks.actions.endpoints import DESCRIPTION_MAX


class EndpointForm(forms.Form):
    """An address, what it is for, and the events that it is told of, which depend on whose it is."""

    url = forms.CharField(
        label=_lazy("Address"),
        max_length=guard.URL_MAX,
        help_text=_lazy("It must begin with https:// and be reached from the internet."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "url", "spellcheck": "false"}),
    )
    description = forms.CharField(
        label=_lazy("What it is for"), max_length=DESCRIPTION_MAX, required=False, help_text=_lazy("Shown to you only.")
    )
    types = forms.MultipleChoiceField(
        label=_lazy("Events"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _lazy("Choose at least one event.")},
    )

    def __init__(self, *args, side: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["types"].choices = [
            (group, [(one.name, _(one.label)) for one in types]) for group, types in catalogue.grouped(side)
        ]
