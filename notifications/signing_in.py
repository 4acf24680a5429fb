"""The signed-in person, fetched once a request with how many notices it has not read: the header shows that."""

from allauth.account.auth_backends import AuthenticationBackend
from django.db.models.expressions import RawSQL

from accounts.models import User
from notifications.inbox import NO_LONGER_NEW

UNREAD = """(SELECT count(*) FROM (
    SELECT 1 FROM notifications_notice WHERE user_id = accounts_user.id AND read_at IS NULL LIMIT %s
) few)"""  # few rows of the index notice_unread, however many there are


class Backend(AuthenticationBackend):
    """Signs in as django-allauth does; the query of every request that reads the person counts its unread notices."""

    def get_user(self, user_id):
        user = User.objects.annotate(unread_notices=RawSQL(UNREAD, [NO_LONGER_NEW])).filter(pk=user_id).first()
        if user is None or not self.user_can_authenticate(user):
            return None
        user._unread = user.unread_notices
        return user
