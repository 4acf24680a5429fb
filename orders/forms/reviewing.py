"""Forms of feedback: a review with three scores, and a reply."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from trade_assurance.fields import WordsField, text_area
from trade_assurance.rulebook import CURRENT

WORDS = (
    (1, _lazy("1, very poor")),
    (2, _lazy("2, poor")),
    (3, _lazy("3, fair")),
    (4, _lazy("4, good")),
    (5, _lazy("5, very good")),
)


class PlainText(WordsField):
    """A text of people's words, its line ends of one kind before they are counted."""

    def __init__(self, **options):
        super().__init__(most=CURRENT.feedback_text_max, **options)
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = _("Keep this to {feedback_text_max} characters.").format(
                    feedback_text_max=f"{CURRENT.feedback_text_max:,}"
                )

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


def score(label: str, help_text: str):
    missing = _("Choose from 1 to 5.")
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=WORDS,
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": missing, "invalid_choice": missing},
    )


class ReviewForm(forms.Form):
    """How it went: three scores from 1 to 5, and words."""

    on_time = score(_lazy("On time"), _lazy("Against the dates of the contract."))
    as_agreed = score(_lazy("As agreed"), _lazy("Goods, quantity and papers, against the contract."))
    service = score(_lazy("Service"), _lazy("Answers, care, and how problems were solved."))
    text = PlainText(
        label=_lazy("In your words"),
        widget=text_area(6),
        help_text=_lazy("What would help another buyer to decide? At most {feedback_text_max} characters.").format(
            feedback_text_max=f"{CURRENT.feedback_text_max:,}"
        ),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False

    def scores(self):
        return [self[name] for name in ("on_time", "as_agreed", "service")]


class ReplyForm(forms.Form):
    """The supplier's one reply."""

    text = PlainText(
        label=_lazy("Your reply"),
        widget=text_area(6),
        help_text=_lazy("Shown below the review. At most {feedback_text_max} characters.").format(
            feedback_text_max=f"{CURRENT.feedback_text_max:,}"
        ),
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["text"].required = True
        self.use_required_attribute = False
