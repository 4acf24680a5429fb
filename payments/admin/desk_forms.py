"""What finance types at the desk: creditor references, and amounts for parts."""

import re

from django import forms
from stdnum import iso11649
from stdnum.exceptions import InvalidChecksum, ValidationError

from orders.models import Instalment
from payments.actions.planning import Part
from trade_assurance import money
from trade_assurance.staff import ActForm, Reason

HINT = "RF…, as on the order's instalments; spaces and small letters are fine."


def instalment_of(typed: str) -> Instalment:
    """The instalment with a creditor reference as a person types it. Raises forms.ValidationError, in words."""
    try:
        reference = iso11649.validate(typed)
    except InvalidChecksum as error:
        raise forms.ValidationError(
            f"The check digit of {typed} is wrong: it was mistyped somewhere. Compare it with the order's page."
        ) from error
    except ValidationError as error:
        raise forms.ValidationError(f"{typed} is no creditor reference: RF, two digits, up to 21 more.") from error
    found = Instalment.objects.filter(rf_reference=reference).first()
    if found is None:
        raise forms.ValidationError(f"No instalment has the reference {reference}.")
    return found


class _Reference(forms.CharField):
    def clean(self, value):
        return instalment_of(super().clean(value))


class MatchForm(ActForm):
    rf_reference = _Reference(label="Creditor reference of the instalment", max_length=40, help_text=HINT)


class AskForm(MatchForm):
    pass


class RefundForm(Reason):
    rf_reference = _Reference(label="Creditor reference of the instalment", max_length=40, help_text=HINT)
    field_order = ("rf_reference", "reason")


class PayoutForm(Reason):
    reference = forms.CharField(
        label="The processor’s reference of the payout",
        max_length=200,
        help_text="As under Settlements of gateways, for example po_…",
    )
    field_order = ("reference", "reason")


class SplitForm(ActForm):
    parts = forms.CharField(
        label="Parts, one a line: reference and amount",
        widget=forms.Textarea,
        max_length=4_000,
        help_text="For example: RF49 TA4K 2290 3,000.00",
    )

    def __init__(self, *args, currency: str, **kwargs):
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_parts(self) -> list[Part]:
        """Each line as a part; what can't be read is named by its line."""
        found, wrong = [], []
        lines = [line.strip() for line in self.cleaned_data["parts"].splitlines() if line.strip()]
        for number, line in enumerate(lines, start=1):
            reference, _, typed = re.sub(r"\s+", " ", line).rpartition(" ")
            try:
                if not reference:
                    raise forms.ValidationError("Write the reference, a space, and the amount.")
                instalment = instalment_of(reference)
                found.append(Part(instalment.pk, money.parse(typed, self.currency)))
            except forms.ValidationError as error:
                wrong.append(f"Line {number}: {' '.join(error.messages)}")
            except money.BadAmount as error:
                wrong.append(f"Line {number}: {error}")
        if wrong:
            raise forms.ValidationError(wrong)
        return found
