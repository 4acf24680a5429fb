"""Sign-up of the whole site: accounts makes the person, and for "I supply" suppliers makes the company."""

from allauth.core.exceptions import ImmediateHttpResponse
from django.db import transaction
from django.shortcuts import render
from django.utils import timezone

from accounts.forms import RegistrationForm
from trade_assurance.refused import Refused


class SignupForm(RegistrationForm):
    """Person and company appear together or not at all."""

    @transaction.atomic
    def save(self, request):
        return super().save(request)

    def signup(self, request, user):
        super().signup(request, user)
        if self.cleaned_data["role"] == self.SUPPLY:
            from suppliers.actions import register_supplier

            given = self.cleaned_data
            register_supplier(name=given["company_name"], country=given["country"], owner=user, now=timezone.now())

    def try_save(self, request):
        try:
            return super().try_save(request)
        except Refused as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))
            raise ImmediateHttpResponse(render(request, "account/signup.html", {"form": self}, status=422)) from error
