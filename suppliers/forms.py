"""Forms of suppliers: the directory's search, the public profile, the team, a new company."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts import places
from suppliers import bank_details
from suppliers.models import Category, Member, Supplier
from trade_assurance import money
from trade_assurance.refused import Refused

OLDEST = 1500  # no company that sells here is older


def _countries(first: str):
    return lambda: [("", first), *places.countries()]


class DirectorySearch(forms.Form):
    """What the directory is narrowed to; anything unreadable is left out, never an error."""

    q = forms.CharField(max_length=80, required=False, strip=True)
    country = forms.RegexField("^[A-Z]{2}$", required=False)
    category = forms.SlugField(required=False)
    checked = forms.ChoiceField(
        choices=[("verified", _lazy("Verified")), ("inspected", _lazy("Inspected on site"))], required=False
    )
    stars = forms.IntegerField(min_value=1, max_value=5, required=False)
    cover = forms.IntegerField(min_value=1, max_value=10**9, required=False)

    def asked(self) -> dict:
        self.is_valid()
        return {name: value for name, value in getattr(self, "cleaned_data", {}).items() if value}


class CompanyForm(forms.Form):
    """A new company that sells."""

    name = forms.CharField(
        label=_lazy("Company name"),
        max_length=120,
        help_text=_lazy("As it is registered; buyers see it on every contract."),
        error_messages={"required": _lazy("Enter the company's registered name.")},
    )
    country = forms.ChoiceField(
        label=_lazy("Country"),
        choices=_countries(_lazy("Choose a country")),
        error_messages={"required": _lazy("Choose the country where the company is registered.")},
    )
    city = forms.CharField(label=_lazy("City"), max_length=80, required=False)


class CategoriesField(forms.ModelMultipleChoiceField):
    """Categories, named in the reader's language."""

    def label_from_instance(self, category):
        return category.words


class ProfileForm(CompanyForm):
    """What the public page says of a company."""

    about = forms.CharField(
        label=_lazy("About the company"),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_lazy("What you make, for whom, and how orders are checked. Up to 4,000 characters."),
    )
    founded_year = forms.IntegerField(
        label=_lazy("Founded in"),
        required=False,
        min_value=OLDEST,
        help_text=_lazy("The year, such as 2009."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 4, "class": "max-w-32"}),
        error_messages={"invalid": _lazy("Enter the year in four figures.")},
    )
    categories = CategoriesField(
        label=_lazy("Categories"),
        queryset=Category.objects.order_by("name"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Where buyers find you in the directory."),
    )

    @classmethod
    def of(cls, supplier: Supplier, posted=None):
        """The form with what the page says now."""
        names = ("name", "country", "city", "about", "founded_year")
        initial = {name: getattr(supplier, name) for name in names}
        return cls(posted, initial=initial | {"categories": list(supplier.categories.all())})

    def clean_founded_year(self):
        year = self.cleaned_data["founded_year"]
        if year and year > timezone.now().year:
            raise forms.ValidationError(_("This year has not come yet."))
        return year


ROLES = [
    (Member.Role.SALES, _lazy("Sales: contracts, shipments, answers")),
    (Member.Role.FINANCE, _lazy("Finance: payouts and statements")),
    (Member.Role.OWNER, _lazy("Owner: everything, and the team")),
]


class InvitationForm(forms.Form):
    """Ask somebody to join the team."""

    email = forms.EmailField(
        label=_lazy("E-mail address"),
        max_length=254,
        help_text=_lazy("The person gets a mail with a link, and needs an account with this address to accept."),
        error_messages={"required": _lazy("Enter the person's e-mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    role = forms.ChoiceField(label=_lazy("Role"), choices=ROLES, initial=Member.Role.SALES, widget=forms.RadioSelect)


class PayoutAccountForm(forms.Form):
    """Where a supplier's payouts go."""

    currency = forms.ChoiceField(
        label=_lazy("For payouts in"),
        choices=[("", _lazy("All currencies")), *((code, code) for code in money.CURRENCIES)],
        required=False,
    )
    holder = forms.CharField(
        label=_lazy("Account holder"),
        max_length=140,
        help_text=_lazy("The company's name, in Latin letters, as the bank has it."),
        error_messages={"required": _lazy("Enter the holder's name as the bank has it.")},
    )
    iban = forms.CharField(label="IBAN", max_length=50, required=False)
    number = forms.CharField(
        label=_lazy("Account number"),
        max_length=50,
        required=False,
        help_text=_lazy("Only where the bank has no IBAN."),
    )
    bic = forms.CharField(
        label="BIC / SWIFT",
        max_length=11,
        required=False,
        help_text=_lazy("8 or 11 characters. Needed without an IBAN."),
    )
    bank_name = forms.CharField(
        label=_lazy("Bank"), max_length=105, required=False, help_text=_lazy("Needed without an IBAN.")
    )
    country = forms.ChoiceField(
        label=_lazy("Country of the bank"), choices=_countries(_lazy("As the IBAN says")), required=False
    )

    def clean(self):
        given = dict(self.cleaned_data)
        given.pop("currency", None)
        if self.errors:
            return self.cleaned_data
        try:
            self.details = bank_details.checked(**given)
        except Refused as error:
            self.add_error(error.field, str(error))
        return self.cleaned_data
