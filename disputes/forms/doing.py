"""Forms of single steps of a case: appeal, inspector, how goods travel, when they arrived, what is wrong."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from disputes.models import Appeal, Dispute
from trade_assurance.fields import MoneyField, WordsField, text_area, text_input


class AppealForm(forms.Form):
    """Why a side disagrees."""

    ground = forms.ChoiceField(
        label=_lazy("Ground"),
        choices=Appeal.Ground.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose the ground.")},
    )
    rule = WordsField(
        label=_lazy("The rule that was applied wrongly"),
        most=Appeal._meta.get_field("rule").max_length,
        widget=text_input(),
        help_text=_lazy("Its number in the rulebook. Only for that ground."),
    )
    reasons = WordsField(
        label=_lazy("What is new, or what was applied wrongly, and why it matters"),
        most=Appeal._meta.get_field("reasons").max_length,
        widget=text_area(6),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["reasons"].required = True


class InspectorForm(forms.Form):
    """The inspector that the buyer chooses, and the fee it advances."""

    inspector = forms.ChoiceField(
        label=_lazy("Inspector"),
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose an inspector from the list.")},
    )
    fee = MoneyField(
        label=_lazy("Fee that you advance"), widget=text_input(inputmode="decimal", **{"class": "input num"})
    )

    def __init__(self, *args, dispute: Dispute, inspectors, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["inspector"].choices = [(str(one.pk), f"{one.name}, {one.country}") for one in inspectors]
        self.fields["fee"].currency = dispute.currency
        self.fields["fee"].required = True


class SendForm(forms.Form):
    """How a return or a replacement travels."""

    carrier = WordsField(label=_lazy("Carrier"), most=80, widget=text_input())
    tracking_number = WordsField(label=_lazy("Tracking number"), most=60, widget=text_input())

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        for field in self.fields.values():
            field.required = True


class DeliveryForm(forms.Form):
    """When the goods arrived."""

    delivered_at = forms.DateTimeField(
        label=_lazy("When it arrived"),
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local", "class": "input"}),
        error_messages={"required": _lazy("Give the date and time."), "invalid": _lazy("Give the date and time.")},
    )

    def __init__(self, *args, zone_words: str = "", **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["delivered_at"].help_text = _("In {zone}.").format(zone=zone_words)


class ContestForm(forms.Form):
    """What is not as agreed with what arrived."""

    because = WordsField(label=_lazy("What is not as agreed"), most=2000, widget=text_area(5))

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["because"].required = True
