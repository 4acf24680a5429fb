"""To which browsers a person's notices are pushed, and which are still to be pushed there (RFC 8030)."""

from django.conf import settings
from django.db import models


class Browser(models.Model):
    """One browser that shows a person's notices: the address that its maker's push service gave it, and its keys."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="push_browsers")
    url = models.CharField("whoever knows it reaches the browser", max_length=1_000, unique=True)
    p256dh = models.CharField("public key of the browser, base64url", max_length=87)
    auth = models.CharField("secret that it shares with us, base64url", max_length=22)
    user_agent = models.CharField(max_length=200, blank=True)
    made_at = models.DateTimeField()
    pushed_at = models.DateTimeField("when its push service last took a notice", null=True, blank=True)

    def __str__(self):
        return f"browser {self.pk} of {self.user_id}"


class PushQuerySet(models.QuerySet):
    def due(self, now):
        return self.filter(due_at__lte=now)


class Push(models.Model):
    """That a notice is to be shown in one browser. The row goes when the push service took it, or nobody needs it."""

    notice = models.ForeignKey("notifications.Notice", on_delete=models.CASCADE, related_name="pushes")
    browser = models.ForeignKey(Browser, on_delete=models.CASCADE, related_name="pushes")
    kind = models.CharField("of mail, by which the person chose it", max_length=40)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    objects = PushQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "browser"], name="push_once_a_browser")]
        indexes = [models.Index(fields=["due_at", "id"], name="push_due")]

    def __str__(self):
        return f"notice {self.notice_id} to {self.browser_id}"
