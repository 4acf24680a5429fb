"""Staff pages for the event stream: read only. Personal values are not shown."""

import json

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.html import format_html
from unfold.decorators import display

from events.models import Event
from trade_assurance.staff import ReadOnlyAdmin, table, whole

SHOWN_EVENTS = 200


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "subject_kind", "subject_id", "number", "kind", "actor_id")
    list_filter = ("subject_kind",)
    search_fields = ("kind",)
    search_help_text = "Id of the subject, or a kind such as receipt.confirmed"
    ordering = ("-id",)
    fields = (("subject_kind", "subject_id", "number"), ("kind", "at", "actor_id"), "kept", "previous", "hash")
    readonly_fields = ("kept",)

    def found_by(self, queryset, term):
        return queryset.filter(Q(subject_id=whole(term)) | Q(kind=term))

    @display(description="With it")
    def kept(self, event):
        text = json.dumps(event.data, indent=2, ensure_ascii=False)
        return format_html('<pre class="whitespace-pre-wrap break-words">{}</pre>', text)


def timeline(subject_kind: str, subject_id: int):
    """A subject's events, newest first: number, when, what, who, and what was kept with it."""
    events = list(
        Event.objects.filter(subject_kind=subject_kind, subject_id=subject_id).order_by("-number")[:SHOWN_EVENTS]
    )
    people = get_user_model().objects.in_bulk({event.actor_id for event in events if event.actor_id})
    rows = [
        (
            event.number,
            f"{event.at:%Y-%m-%d %H:%M:%S} UTC",
            event.kind,
            str(people.get(event.actor_id, "system")),
            json.dumps(event.data, ensure_ascii=False) if event.data else "",
        )
        for event in events
    ]
    return table(("No", "When", "What", "Who", "With"), rows)
