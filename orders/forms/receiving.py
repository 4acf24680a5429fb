"""How the goods arrived, line by line, with what an inspection counted; and when they came, if later than by time."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from orders import counting
from orders.counting import Counted
from orders.models import Line
from trade_assurance.fields import WholeField, WordsField, date_field, text_area, text_input

NUMBER = {"class": "input num text-end", "placeholder": "0"}
KIND_WORDS = {
    "inspected": _lazy("How many you looked at"),
    "critical": _lazy("With a critical defect"),
    "major": _lazy("With a major defect"),
    "minor": _lazy("With a minor defect"),
}
SHORT_WORDS = {
    "inspected": _lazy("Looked at"),
    "critical": _lazy("Critical"),
    "major": _lazy("Major"),
    "minor": _lazy("Minor"),
}


class LineFields:
    """The fields of one line as the page lays them out."""

    def __init__(self, form: "ReceiptForm", line: Line):
        self.line = line
        self.short, self.rejected, self.note = (form[f"{name}_{line.id}"] for name in ("line", "rejected", "note"))
        self.counts = [(form[f"{kind}_{line.id}"], label) for kind, label in SHORT_WORDS.items()]
        self.is_counted = any(field.errors or field.value() for field, _unused in self.counts)


class ReceiptForm(forms.Form):
    """How each line arrived: what is short, what is rejected and why, and what an inspection counted."""

    def __init__(self, *args, lines, **options):
        super().__init__(*args, **options)
        self.lines = lines
        self.use_required_attribute = False
        for line in lines:
            whole = {_("line_{id}").format(id=line.id): "short", _("rejected_{id}").format(id=line.id): "rejected"}
            whole |= {f"{kind}_{line.id}": words.lower() for kind, words in KIND_WORDS.items()}
            for name, words in whole.items():
                widget = text_input(inputmode="numeric", **NUMBER)
                self.fields[name] = WholeField(label=f"{line.product}: {words}", widget=widget)
                self.fields[name].required = True
            self.fields[_("note_{id}").format(id=line.id)] = WordsField(
                label=_("{product}: note").format(product=line.product), most=counting.NOTE_MAX, widget=text_input()
            )

    def line_fields(self) -> list[LineFields]:
        return [LineFields(self, line) for line in self.lines]

    def clean(self):
        read = super().clean()
        for line in self.lines:
            names = [f"{name}_{line.id}" for name in ("line", "rejected", *KIND_WORDS)]
            if not any(name in self.errors for name in names):
                for field, sentence in counting.problems(line, counting.of_line(line, self._count(line))):
                    self.add_error(field, sentence)
        return read

    def _count(self, line: Line) -> Counted:
        read = self.cleaned_data
        return Counted(
            line.id,
            short=read[_("line_{id}").format(id=line.id)] or 0,
            rejected=read[_("rejected_{id}").format(id=line.id)] or 0,
            note=read.get(_("note_{id}").format(id=line.id), ""),
            inspected=read[_("inspected_{id}").format(id=line.id)],
            **{kind: read[f"{kind}_{line.id}"] or 0 for kind in counting.KINDS},
        )

    def counts(self) -> list[Counted]:
        """How every line arrived."""
        return [counting.of_line(line, self._count(line)) for line in self.lines]


class LaterReceiptForm(forms.Form):
    """When the goods really came, and what proves it."""

    received_on = date_field(label=_lazy("The day the goods came"))
    words = WordsField(
        label=_lazy("What proves it"),
        most=1000,
        widget=text_area(3),
        help_text=_lazy("Such as: the signed delivery note of our warehouse, with its date."),
    )
    proof = forms.FileField(label=_lazy("The proof"), required=False, allow_empty_file=True)

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.use_required_attribute = False
        self.fields["received_on"].required = True
        self.fields["received_on"].error_messages["required"] = _("Give the day on which the goods came.")
