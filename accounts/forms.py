"""Sign-up and settings."""

from allauth.account.forms import SignupForm
from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts import places
from accounts.actions import NAME_MAX
from accounts.models import ApiKey, User, is_timezone


def _country_field():
    return forms.ChoiceField(
        label=_lazy("Country"),
        choices=lambda: [("", _("Choose a country")), *places.countries()],
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={
            "required": _lazy("Choose the country you work from."),
            "invalid_choice": _lazy("Choose from the list."),
        },
    )


class RegistrationForm(SignupForm):
    """Sign-up: who you are and which side you start on. One person can do both later."""

    BUY, SUPPLY = "buy", "supply"

    role = forms.ChoiceField(
        label=_lazy("What do you want to do?"),
        choices=[(BUY, _lazy("I buy")), (SUPPLY, _lazy("I supply"))],
        initial=BUY,
        widget=forms.RadioSelect,
        error_messages={
            "required": _lazy("Choose whether you buy or supply."),
            "invalid_choice": _lazy("Choose one of the two."),
        },
    )
    company_name = forms.CharField(
        label=_lazy("Company name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
        help_text=_lazy("As on your contracts and invoices. The other side of an order sees it."),
        error_messages={"required": _lazy("Enter your company’s name as it stands on your contracts.")},
    )
    full_name = forms.CharField(
        label=_lazy("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _lazy("Enter your name.")},
    )
    country = _country_field()
    browser_zone = forms.CharField(required=False, widget=forms.HiddenInput(attrs={"data-browser-zone": True}))

    field_order = ("role", "company_name", "full_name", "country", "email", "password1", "browser_zone")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.is_bound and (role := kwargs.get("initial", {}).get("role")):
            self.fields["role"].initial = role
        self.fields["email"].error_messages["required"] = _("Enter your e-mail address.")
        self.fields["password1"].error_messages["required"] = _("Choose a password.")

    def clean_browser_zone(self):
        """What a browser says is a guess: an unknown name is dropped, never an error."""
        zone = self.cleaned_data["browser_zone"]
        try:
            is_timezone(zone)
        except forms.ValidationError:
            return ""
        return zone

    def signup(self, request, user):
        """Called by allauth once the row exists: the rest of what was typed."""
        given = self.cleaned_data
        user.full_name = given["full_name"]
        user.country = given["country"]
        user.timezone = places.guess_zone(browser=given["browser_zone"], country=given["country"])
        user.company_name = given["company_name"]
        user.language = get_language()
        user.save(update_fields=["full_name", "country", "timezone", "company_name", "language"])


class SettingsForm(forms.ModelForm):
    """The page /settings/."""

    country = _country_field()
    language = forms.ChoiceField(label=_lazy("Language"), choices=lambda: settings.LANGUAGES)

    class Meta:
        model = User
        fields = ("full_name", "company_name", "country", "timezone", "language")
        labels = {
            "full_name": _lazy("Your name"),
            "company_name": _lazy("Company name"),
            "timezone": _lazy("Time zone"),
        }
        help_texts = {
            "company_name": _lazy("As on your contracts and invoices. The other side of an order sees it."),
            "timezone": _lazy(
                "Deadlines and moments are shown in this zone, and protection ends at the end of a day "
                "in it. Orders that were received before you change it keep their end."
            ),
        }
        error_messages = {"full_name": {"required": _lazy("Enter your name.")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["full_name"].required = True
        self.fields["full_name"].widget.attrs["autocomplete"] = "name"
        self.fields["company_name"].widget.attrs["autocomplete"] = "organization"
        zone = forms.ChoiceField(
            label=self.fields["timezone"].label,
            help_text=self.fields["timezone"].help_text,
            choices=places.zone_choices(timezone.now(), also=[self.instance.timezone]),
            error_messages={"invalid_choice": _("Choose a time zone from the list.")},
        )
        self.fields["timezone"] = zone


class KeyForm(forms.Form):
    """A new key of the API."""

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_MAX,
        help_text=_lazy("What uses it, such as: our ERP."),
        error_messages={"required": _lazy("Give the key a name, so that you know later what uses it.")},
    )
    scope = forms.ChoiceField(
        label=_lazy("What it may do"),
        choices=[
            (ApiKey.Scope.READ.value, _lazy("Read what I see")),
            (ApiKey.Scope.WRITE.value, _lazy("Read, and do what I may do: sign, pay, ship, confirm")),
        ],
        initial=ApiKey.Scope.READ.value,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _lazy("Choose what the key may do.")),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False


class ProgramForm(forms.Form):
    """A program that others may let act for them (OAuth 2)."""

    name = forms.CharField(
        label=_lazy("Name"),
        max_length=NAME_MAX,
        help_text=_lazy("People read it when they are asked whether it may act for them."),
        error_messages={"required": _lazy("Give the program a name.")},
    )
    addresses = forms.CharField(
        label=_lazy("Addresses that the answer goes to"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_lazy("One a line, such as https://erp.example/back."),
        error_messages={"required": _lazy("Give at least one address.")},
    )
    keeps_secret = forms.BooleanField(
        label=_lazy("It runs on a server and can keep a secret"),
        required=False,
        help_text=_lazy("Not for apps and web pages."),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False


class ErasureForm(forms.Form):
    """The wish to be erased, confirmed by typing one's address."""

    typed = forms.CharField(
        label=_lazy("Your e-mail address"),
        max_length=254,
        help_text=_lazy("Type it to confirm."),
        error_messages={"required": _lazy("Type your e-mail address to confirm.")},
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
