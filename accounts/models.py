"""People: who signs in, where they are, and in which zone they read a deadline."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import (
    AbstractBaseUser,
    BaseUserManager,
    PermissionsMixin,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from uuid_utils.compat import uuid7

STAFF_GROUPS = ("adjudicator", "finance", "risk")


@cache
def zone_names():
    """Every IANA zone name that this machine knows; reading them walks a directory, so it is done once."""
    return frozenset(available_timezones())


def is_timezone(value):
    """Refuse a name that the machine's IANA database does not know: every deadline is worked out from it."""
    if value not in zone_names():
        raise ValidationError(_("Choose a time zone from the list."))


class UserManager(BaseUserManager):
    """The one manager of the house: Django's sign-in and `createsuperuser` ask for it by these names."""

    def get_by_natural_key(self, email):
        return self.get(email=email.lower())

    def create_user(self, email, password=None, **fields):
        """Make a person; without a password nobody can sign in as them."""
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=email.lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email, password=None, **fields):
        return self.create_user(email, password, **{**fields, "is_staff": True, "is_superuser": True})


class MailWhen(models.TextChoices):
    """When a person gets mails that are not vital."""

    ONCE = "once", _lazy("At once")
    DAILY = "daily", _lazy("Once a day, at 8:00 in your time zone, all in one mail")
    NONE = "none", _lazy("Not at all")


class User(AbstractBaseUser, PermissionsMixin):
    """One person. May be a buyer, a member of several suppliers (suppliers.Member), or staff."""

    public_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    email = models.EmailField(_lazy("e-mail address"), max_length=254, unique=True)
    full_name = models.CharField(_lazy("your name"), max_length=150, blank=True)
    company_name = models.CharField(_lazy("company"), max_length=150, blank=True, help_text="The company that buys.")
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    timezone = models.CharField("time zone", max_length=64, default="UTC", validators=[is_timezone])
    language = models.CharField(max_length=10, default="en")
    mail_when = models.CharField("mails that may wait", max_length=5, choices=MailWhen, default=MailWhen.ONCE)
    is_staff = models.BooleanField("staff", default=False, help_text="May enter the staff pages.")
    is_active = models.BooleanField("active", default=True, help_text="Clear it to lock someone out.")
    date_joined = models.DateTimeField(default=now, editable=False)
    erase_at = models.DateTimeField("when it is erased, as it asked for", null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(email=Lower("email")),
                name="user_email_lowercase",
                violation_error_message="Write the e-mail address in small letters.",
            ),
            models.CheckConstraint(
                condition=models.Q(country__regex=r"^([A-Z]{2})?$"),
                name="user_country_iso2",
            ),
            models.CheckConstraint(
                condition=models.Q(erased_at__isnull=True)
                | models.Q(is_active=False, erase_at__isnull=True, full_name="", company_name="", country=""),
                name="user_erased_is_blank",
            ),
        ]
        indexes = [
            models.Index(fields=["erase_at"], condition=models.Q(erase_at__isnull=False), name="user_erase_due"),
        ]

    def __str__(self):
        return self.email

    @property
    def display_name(self):
        """The name that the other side of an order reads: the company, else the person, else the address."""
        if self.erased_at:
            return _("Erased person")
        return self.company_name or self.full_name or self.email

    @property
    def zone(self):
        """The person's time zone, UTC if the machine no longer knows its name."""
        return ZoneInfo(self.timezone) if self.timezone in zone_names() else ZoneInfo("UTC")

    @property
    def reads(self):
        """The language that the person is spoken to in: its own, or the site's if that one is not offered any more."""
        return self.language if self.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    def get_full_name(self):
        return self.full_name or self.email

    def get_short_name(self):
        return self.full_name.partition(" ")[0] or self.email

    def clean(self):
        self.email = self.email.lower()


class MailOff(models.Model):
    """That a person does not want mails of this kind; `accounts.mails` knows the kinds."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mails_off")
    kind = models.CharField(max_length=40)
    since_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="mail_off_once_a_kind")]

    def __str__(self):
        return f"{self.user_id}: {self.kind}"


class ApiKeyQuerySet(models.QuerySet):
    def alive(self):
        """Keys that still open something: nobody revoked them, and their person is not locked out."""
        return self.filter(revoked_at__isnull=True, user__is_active=True)


class ApiKey(models.Model):
    """A secret by which a program acts as a person. Only its SHA-256 is kept: 256 random bits need no slow hash."""

    class Scope(models.TextChoices):
        READ = "read", _lazy("Read")
        WRITE = "write", _lazy("Read and write")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=60)
    scope = models.CharField(max_length=5, choices=Scope)
    prefix = models.CharField("its first letters, by which its person knows it", max_length=16)
    secret_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField("to the minute", null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=("read", "write")), name="api_key_scope_known")
        ]

    def __str__(self):
        return f"{self.prefix}… {self.name}"


class KeptAnswer(models.Model):
    """What a request with an `Idempotency-Key` was answered; the same request again gets it and changes nothing.

    It is written in the transaction of what the request did, so there is never the one without the other, and none
    that waits for a process that has died.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="kept_answers")
    route = models.CharField("method and route", max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField("SHA-256 of address and body", max_length=64)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.TextField()
    made_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "route", "key"], name="kept_answer_once_a_key"),
            models.CheckConstraint(condition=models.Q(status__range=(200, 499)), name="kept_answer_is_final"),
        ]

    def __str__(self):
        return f"{self.route} {self.key}: {self.status}"


class LetterQuerySet(models.QuerySet):
    def due(self, now):
        """Letters to hand to the mail server now: new ones, and those whose last try is long enough ago."""
        return self.filter(due_at__lte=now, failed_at__isnull=True)


class Letter(models.Model):
    """One mail that is still to leave, as it was written; gone once the mail server has taken it."""

    kind = models.CharField(max_length=40)
    to = models.EmailField(max_length=254)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    subject = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField("when to try; moved on while it is being sent")
    tries = models.PositiveSmallIntegerField(default=0)
    failed_at = models.DateTimeField("given up, and its words forgotten", null=True, blank=True)
    why = models.CharField("what the mail server said last", max_length=300, blank=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], condition=models.Q(failed_at=None), name="letter_due")]

    def __str__(self):
        return f"{self.kind} to {self.to}"
