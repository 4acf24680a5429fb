"""What a person chooses about its calendar."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from notifications.models import CalendarFeed
from suppliers.models import Supplier

MOVES, EVENTS, BUYER = "moves", "events", "buyer"


class CalendarForm(forms.Form):
    """The kinds of dates, the sides they concern, and the alarm; sides are asked only of who works for a company."""

    kinds = forms.MultipleChoiceField(
        label=_lazy("Dates"),
        choices=[
            (MOVES, _lazy("What I must do, and by when")),
            (EVENTS, _lazy("What happens by itself if nobody acts")),
        ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _lazy("Choose at least one kind of date, or end the address.")},
    )
    sides = forms.MultipleChoiceField(
        label=_lazy("Of which orders"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _lazy("Choose at least one side: your purchases, or a company that you work for.")},
    )
    alarm = forms.TypedChoiceField(
        label=_lazy("Alarm"),
        help_text=_lazy("Before each thing that you must do. What happens by itself rings none."),
        choices=CalendarFeed.Alarm.choices,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose one of the alarms.")},
    )

    def __init__(self, *args, feed: CalendarFeed, **options):
        self.companies = list(Supplier.objects.of(feed.user).order_by("name"))
        out = {company.pk for company in feed.companies_out.all()} if feed.pk else set()
        kinds = [kind for kind, on in ((MOVES, feed.with_moves), (EVENTS, feed.with_events)) if on]
        sides = [BUYER] if feed.as_buyer else []
        sides += [company.slug for company in self.companies if company.pk not in out]
        super().__init__(*args, initial={"kinds": kinds, "sides": sides, "alarm": feed.alarm_hours}, **options)
        self.fields["sides"].choices = [
            (BUYER, _("Those that I buy")),
            *((company.slug, _("Those of {name}").format(name=company.name)) for company in self.companies),
        ]
        if not self.companies:
            del self.fields["sides"]

    def chosen(self) -> dict:
        """What was chosen, as `actions.choose_calendar` takes it."""
        read = self.cleaned_data
        sides = read.get("sides", [BUYER])
        return {
            "alarm_hours": read["alarm"],
            "with_moves": MOVES in read["kinds"],
            "with_events": EVENTS in read["kinds"],
            "as_buyer": BUYER in sides,
            "companies": [company.pk for company in self.companies if company.slug in sides],
        }
