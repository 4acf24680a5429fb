"""The list of inspectors that a buyer may choose from (Rulebook 18); adjudicators keep it."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from disputes.models import Inspector


@admin.register(Inspector)
class InspectorAdmin(ModelAdmin):
    list_display = ("name", "country", "contact", "is_listed")
    list_filter = ("is_listed",)
    search_fields = ("name", "country")
    search_help_text = "Name or country code"
    ordering = ("name",)
    list_per_page = 50

    def has_delete_permission(self, request, obj=None):
        """Inspections name them: one that is not to be chosen any more is taken off the list."""
        return False
