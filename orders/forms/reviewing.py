"""Forms of feedback: a review with three scores, and a reply."""

from django import forms

from trade_assurance.fields import WordsField, text_area
from trade_assurance.rulebook import CURRENT

WORDS = ((1, "1, very poor"), (2, "2, poor"), (3, "3, fair"), (4, "4, good"), (5, "5, very good"))


class PlainText(WordsField):
    """A text of people's words, its line ends of one kind before they are counted."""

    def __init__(self, **options):
        super().__init__(most=CURRENT.feedback_text_max, **options)
        for validator in self.validators:
            if getattr(validator, "code", "") == "max_length":
                validator.message = f"Keep this to {CURRENT.feedback_text_max:,} characters."

    def to_python(self, value):
        return super().to_python(value).replace("\r\n", "\n")


def score(label: str, help_text: str):
    missing = "Choose from 1 to 5."
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

    on_time = score("On time", "Against the dates of the contract.")
    as_agreed = score("As agreed", "Goods, quantity and papers, against the contract.")
    service = score("Service", "Answers, care, and how problems were solved.")
    text = PlainText(
        label="In your words",
        widget=text_area(6),
        help_text=f"What would help another buyer to decide? At most {CURRENT.feedback_text_max:,} characters.",
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False

    def scores(self):
        return [self[name] for name in ("on_time", "as_agreed", "service")]


class ReplyForm(forms.Form):
    """The supplier's one reply."""

    text = PlainText(
        label="Your reply",
        widget=text_area(6),
        help_text=f"Shown below the review. At most {CURRENT.feedback_text_max:,} characters.",
    )

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["text"].required = True
        self.use_required_attribute = False
