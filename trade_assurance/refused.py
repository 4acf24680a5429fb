"""Errors that we expect: each carries a sentence that a person can act on."""


class Refused(Exception):
    """An expected error; `str(error)` says what is wrong and what to do. `field` names the form field it belongs to."""

    def __init__(self, sentence: str, *, field: str | None = None):
        super().__init__(sentence)
        self.field = field


class NotAllowed(Refused):
    """This person may not do this (HTTP 403)."""


class MovedOn(Refused):
    """The thing has changed since the page was shown, or another request was first (HTTP 409)."""
