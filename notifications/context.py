"""What every page shows of the inbox: how many notices are unread."""

from django.utils.functional import cached_property

from notifications import inbox as notices


class Inbox:
    """The signed-in person's inbox; it is asked once, and only by pages that show it."""

    def __init__(self, request):
        self.request = request

    @cached_property
    def unread(self) -> int:
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            return 0
        return notices.unread(user)

    @property
    def label(self) -> str:
        """The number as it is shown."""
        return f"{self.unread}+" if self.unread == notices.NO_LONGER_NEW else str(self.unread)


def inbox(request) -> dict:
    """Context processor: `inbox` on every page."""
    return {"inbox": Inbox(request)}
