"""Staff pages for disputes: the case queue, a case and its acts, decisions, inspectors. Sealed limits have no page."""

from disputes.admin import cases, decisions, inspectors

__all__ = ["cases", "decisions", "inspectors"]
