from __future__ import annotations

import unicodedata
from typing import Any, ClassVar
from uuid import UUID

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Length, Lower
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import INCLUDED, BulkOutcome, Language, Scope
from apps.audit.models import AuditedModel
from apps.core import clock
from apps.core.models import BusinessModel, known
from apps.core.scope import visible

MOST_SESSION_DATA = 2_000_000  # a form that waits until its sender has shown the password again lies here


def normalize_login(email: str) -> str:
    """The one spelling of a login: NFKC, trimmed, lower case."""
    return unicodedata.normalize("NFKC", email).strip().lower()


class UserManager(BaseUserManager["User"]):
    """Finds and makes users by their e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalize_login(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=normalize_login(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin, AuditedModel):
    """A person who logs in, or a service user behind the API keys of a partner."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    first_name = models.CharField(_("first name"), max_length=100, blank=True)
    last_name = models.CharField(_("last name"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, default=Language.DUTCH)
    is_staff = models.BooleanField(_("may enter the back office"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    last_login = None  # logins stand in the audit log; a column would make a version of the user of each
    is_service = models.BooleanField(
        _("service user"), default=False, help_text=_("Acts through API keys alone and cannot log in.")
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    audit_redacted = ("password",)

    class Meta(AuditedModel.Meta):
        db_table = "user_account"
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["email"]
        permissions = [(scope.codename, scope.label) for scope in Scope]
        constraints = [
            models.CheckConstraint(name="user_email_lower_case", condition=models.Q(email=Lower("email"))),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name or self.email

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and unicodedata.normalize("NFKC", raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        return super().check_password(raw_password and unicodedata.normalize("NFKC", raw_password))

    def clean(self) -> None:
        super().clean()
        self.email = normalize_login(self.email)

    def has_scope(self, *scopes: str) -> bool:
        """Whether one of the scopes is granted, itself or by one that includes it. A superuser has them all."""
        granting = {Scope(scope) for scope in scopes}
        granting |= {outer for outer, inner in INCLUDED.items() if granting & set(inner)}
        return any(self.has_perm(f"accounts.{scope.codename}") for scope in granting)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def usable(self) -> ApiKeyQuerySet:
        """Keys that open the door now: not revoked, not expired."""
        now = clock.now()
        return self.filter(revoked_at__isnull=True).exclude(expires_at__lte=now)


class ApiKey(AuditedModel):
    """A secret that a machine shows to act as a service user. Only its hash is kept: it is shown once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_keys", verbose_name=_("service user"))
    name = models.CharField(_("name"), max_length=100)
    is_live = models.BooleanField(_("live"), default=True, help_text=_("A test key makes real orders that are flagged as test."))
    key_id = models.CharField(_("key id"), max_length=10, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=40, choices=Scope), verbose_name=_("scopes"), default=list)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)  # null: does not expire
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    objects = ApiKeyQuerySet.as_manager()

    audit_redacted = ("secret_hash",)

    class Meta(AuditedModel.Meta):
        db_table = "api_key"
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint})"

    @property
    def prefix(self) -> str:
        """What every key of its kind begins with."""
        return "cc_live_" if self.is_live else "cc_test_"

    @property
    def hint(self) -> str:
        """The part of the key that is no secret."""
        return f"{self.prefix}{self.key_id}_…"

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())

    def has_scope(self, *scopes: str) -> bool:
        """Whether the key was given one of the scopes; its user's rights bound it further."""
        return any(scope in self.scopes for scope in scopes)


class UserSession(BusinessModel):
    """One login through the API: a line of refresh tokens of which only the newest is good, and each only once.

    A token that comes back after its use was copied, so the whole line ends.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # a login without its user is nothing
    refresh_id = models.UUIDField()
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True)
    ip_address = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(_("program"), max_length=200, blank=True)

    class Meta(BusinessModel.Meta):
        db_table = "user_session"
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        indexes = [models.Index(name="user_session_age", fields=["expires_at"])]

    def __str__(self) -> str:
        return str(self.pk)

    @classmethod
    def goes_on(cls, key: UUID) -> models.Exists:
        """A condition: the login with this key has not been ended."""
        return models.Exists(cls.objects.filter(pk=key, ended_at__isnull=True))


class BrowserSession(AbstractBaseSession):
    """A browser that is logged in, or on its way there. The row is the session: without it, the browser is a stranger.

    `apps.accounts.sessions` writes it, and copies what people are shown from the session's data.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", null=True)  # none before the login is complete
    began_at = models.DateTimeField(_("began at"), null=True)
    seen_at = models.DateTimeField(_("last seen at"), null=True)
    ip_address = models.CharField(_("IP address"), max_length=45, blank=True)
    user_agent = models.CharField(_("program"), max_length=200, blank=True)

    class Meta(AbstractBaseSession.Meta):
        db_table = "browser_session"
        constraints = [
            models.CheckConstraint(
                name="browser_session_length", condition=LessThanOrEqual(Length("session_data"), MOST_SESSION_DATA)
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)  # the key is a secret


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def offered_to(self, user: User) -> SavedFilterQuerySet:
        """A person's own, and what people in their sight share."""
        in_sight = visible(User.objects.filter(is_active=True), user)
        return self.filter(models.Q(user=user) | models.Q(is_shared=True, user__in=in_sight.values("pk")))

    def visible_to(self, user: Any) -> SavedFilterQuerySet:
        return self.offered_to(user) if isinstance(user, User) and user.is_active else self.none()


class SavedFilter(BusinessModel):
    """A list as somebody wants to see it again: the filters of its address under a name.

    It holds conditions, no rows: whoever opens it sees what they may see.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # a habit without its person is nothing
    page = models.CharField(_("list"), max_length=100)
    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("filters"), max_length=2000)
    is_shared = models.BooleanField(_("shared with colleagues"), default=False)
    is_default = models.BooleanField(_("how the list opens"), default=False)

    objects = SavedFilterQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "saved_filter"
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint("user", "page", Lower("name"), name="saved_filter_name_once"),
            models.UniqueConstraint(
                name="saved_filter_one_default", fields=["user", "page"], condition=models.Q(is_default=True)
            ),
        ]
        indexes = [models.Index(name="saved_filter_shared", fields=["page"], condition=models.Q(is_shared=True))]

    def __str__(self) -> str:
        return self.name


class PutOff(BusinessModel):
    """Work that its person does not want to see before a moment; what it was is a name that the home page gave it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # a habit without its person is nothing
    key = models.CharField(_("work"), max_length=120)
    until = models.DateTimeField(_("until"))

    class Meta(BusinessModel.Meta):
        db_table = "put_off"
        verbose_name = _("work put off")
        verbose_name_plural = _("work put off")
        constraints = [models.UniqueConstraint(name="put_off_once", fields=["user", "key"])]
        indexes = [models.Index(name="put_off_over", fields=["until"])]

    def __str__(self) -> str:
        return self.key


class BulkRun(BusinessModel):
    """One act of one person on many records: first looked at, then carried out record by record."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")  # nobody else may go on with it
    page = models.CharField(_("list"), max_length=100)
    act = models.CharField(_("act"), max_length=50)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True)  # null: only looked at so far
    undoes = models.ForeignKey(
        "self",
        on_delete=models.CASCADE,  # they are forgotten together
        null=True,  # null: it takes nothing back
        blank=True,
        related_name="undone_by",
        verbose_name=_("undoes"),
    )

    class Meta(BusinessModel.Meta):
        db_table = "bulk_run"
        verbose_name = _("bulk act")
        verbose_name_plural = _("bulk acts")
        indexes = [models.Index(name="bulk_run_age", fields=["created_at"])]

    def __str__(self) -> str:
        return self.act


class BulkRow(BusinessModel):
    """What became of one record in a bulk act; `before` is what taking it back needs."""

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")  # a result without its act is nothing
    record_id = models.UUIDField(_("record"))
    label = models.CharField(_("record"), max_length=200)
    outcome = models.CharField(_("result"), max_length=10, choices=BulkOutcome, default=BulkOutcome.WAITING)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    before = models.JSONField(_("before"), null=True, blank=True)  # null: nothing to take back

    class Meta(BusinessModel.Meta):
        db_table = "bulk_row"
        verbose_name = _("result of a bulk act")
        verbose_name_plural = _("results of bulk acts")
        ordering = ["record_id"]
        constraints = [
            known("outcome", BulkOutcome),
            models.UniqueConstraint(name="bulk_row_once", fields=["run", "record_id"]),
        ]

    def __str__(self) -> str:
        return self.label
