"""Bank statements as typed entries: camt.053, camt.054 and MT940. Pure reading: no database, no clock, no network."""

from payments.statements.opening import open_statement
from payments.statements.reading import Closed, Entry, Opened, Unreadable

__all__ = ["Closed", "Entry", "Opened", "Unreadable", "open_statement"]
