"""Template filters of the site: money and moments as a reader sees them."""

from django import template

register = template.Library()
