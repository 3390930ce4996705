"""What colleagues are told: rows under the bell, what each wants to hear of and how, and the letters to them."""

from datetime import datetime, time, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.communication.choices import (
    MAILED_BY_DEFAULT,
    DeliveryStatus,
    NotificationPriority,
    NotificationType,
    StaffMailKind,
)
from apps.communication.models.bounds import bounded
from apps.communication.models.message import ERROR_LENGTH, TEXT_LENGTH
from apps.core import clock
from apps.core.models import BusinessModel, known
from apps.core.scope import sees_the_whole_group
from apps.organizations.models import BusinessEntity

TITLE_LENGTH, MESSAGE_LENGTH, ADDRESS_LENGTH = 200, 2_000, 500
IMAGE_BYTES = 500_000
MORNING = time(7)
SATURDAY = 5
RANKS = {priority: rank for rank, priority in enumerate(NotificationPriority.values)}


class PersonalQuerySet(models.QuerySet):
    """Rows that are one person's, and nobody else's to see."""

    def visible_to(self, user: Any) -> Self:
        return self.filter(user=user) if isinstance(user, User) and user.is_active else self.none()


class StaffMailQuerySet(models.QuerySet["StaffMail"]):
    def read_by(self, user: Any) -> Self:
        """One's own; all of them for whoever sees the whole group and looks after what was not delivered."""
        if sees_the_whole_group(user):
            return self.all()
        return self.filter(user=user) if isinstance(user, User) and user.is_active else self.none()


class StaffMail(BusinessModel):
    """One letter from the system to a colleague, worded as it was or will be sent; it belongs to no customer's conversation."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_mails", verbose_name=_("colleague")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=StaffMailKind)
    recipient = models.EmailField(_("to"), max_length=254)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"), max_length=TEXT_LENGTH)
    html = models.TextField(_("HTML"), max_length=TEXT_LENGTH)
    language = models.CharField(_("language"), max_length=2, choices=Language)
    dedupe_key = models.CharField(_("repeat key"), max_length=200, blank=True)
    delivery_status = models.CharField(_("delivery"), max_length=20, choices=DeliveryStatus, default=DeliveryStatus.PENDING)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)  # null: none is due
    claimed_at = models.DateTimeField(_("claimed at"), null=True, blank=True)  # null: nobody is sending it now
    last_error = models.CharField(_("last error"), max_length=ERROR_LENGTH, blank=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)  # null: not sent

    objects = StaffMailQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "staff_mail"
        verbose_name = _("letter to a colleague")
        verbose_name_plural = _("letters to colleagues")
        ordering = ["-created_at"]
        constraints = [
            known("kind", StaffMailKind),
            known("language", Language),
            known("delivery_status", DeliveryStatus),
            bounded("text", TEXT_LENGTH),
            bounded("html", TEXT_LENGTH),
            models.UniqueConstraint(name="staff_mail_once", fields=["dedupe_key"], condition=~Q(dedupe_key="")),
            models.CheckConstraint(
                name="staff_mail_due_has_moment",
                condition=~Q(delivery_status=DeliveryStatus.PENDING) | Q(next_attempt_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                name="staff_mail_due",
                fields=["next_attempt_at"],
                condition=Q(delivery_status__in=[DeliveryStatus.PENDING, DeliveryStatus.SENDING]),
            ),
            models.Index(name="staff_mail_failed", fields=["created_at"], condition=Q(delivery_status=DeliveryStatus.FAILED)),
        ]

    def __str__(self) -> str:
        return f"{self.subject} → {self.recipient}"


class StaffMailImage(BusinessModel):
    """A picture that stands inside a letter to a colleague, where its HTML says `cid:` and this name."""

    app_privileges = "SELECT, INSERT, DELETE"

    mail = models.ForeignKey(StaffMail, on_delete=models.CASCADE, related_name="images")  # a picture of no letter is nothing
    content_id = models.CharField(_("name"), max_length=60)
    content = models.BinaryField(_("content"), max_length=IMAGE_BYTES)

    class Meta(BusinessModel.Meta):
        db_table = "staff_mail_image"
        verbose_name = _("picture in a letter")
        verbose_name_plural = _("pictures in letters")
        constraints = [models.UniqueConstraint(name="staff_mail_image_once", fields=["mail", "content_id"])]

    def __str__(self) -> str:
        return self.content_id


class UserNotificationQuerySet(PersonalQuerySet):
    def unread(self) -> Self:
        return self.filter(read_at__isnull=True, is_shown=True)

    def shown(self) -> Self:
        return self.filter(is_shown=True)


class UserNotification(BusinessModel):
    """Something that one colleague is told, in the colleague's own language."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notifications", verbose_name=_("colleague")
    )
    notification_type = models.CharField(_("type"), max_length=30, choices=NotificationType)
    title = models.CharField(_("title"), max_length=TITLE_LENGTH)
    message = models.CharField(_("message"), max_length=MESSAGE_LENGTH, blank=True)
    action_url = models.CharField(_("leads to"), max_length=ADDRESS_LENGTH, blank=True)
    priority = models.CharField(_("priority"), max_length=10, choices=NotificationPriority, default=NotificationPriority.NORMAL)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: of the whole group
        blank=True,
        related_name="+",
        verbose_name=_("business entity"),
    )
    about_type = models.CharField(_("about"), max_length=40, blank=True)
    about_id = models.UUIDField(_("about record"), null=True, blank=True)  # null: about nothing in particular
    dedupe_key = models.CharField(_("repeat key"), max_length=200, blank=True)
    told_at = models.DateTimeField(_("moment"))
    is_shown = models.BooleanField(_("under the bell"), default=True)
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)  # null: not read
    awaits_digest = models.BooleanField(_("waits for the digest"), default=False)
    mail = models.ForeignKey(
        StaffMail,
        on_delete=models.PROTECT,
        null=True,  # null: no letter went, or the digest still has to come
        blank=True,
        related_name="notifications",
        verbose_name=_("letter"),
    )

    objects = UserNotificationQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "user_notification"
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        ordering = ["-told_at", "-id"]
        constraints = [
            known("notification_type", NotificationType),
            known("priority", NotificationPriority),
            models.CheckConstraint(
                name="user_notification_about_whole",
                condition=Q(about_type="", about_id__isnull=True) | (~Q(about_type="") & Q(about_id__isnull=False)),
            ),
            models.UniqueConstraint(name="user_notification_once", fields=["user", "dedupe_key"], condition=~Q(dedupe_key="")),
        ]
        indexes = [
            models.Index(name="user_notification_recent", fields=["user", "-told_at", "-id"]),
            models.Index(name="user_notification_unread", fields=["user"], condition=Q(read_at__isnull=True, is_shown=True)),
            models.Index(name="user_notification_digest", fields=["user"], condition=Q(awaits_digest=True)),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationPreference(AuditedModel):
    """What one colleague wants to hear of, and how; of a type without a row the usual holds."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("colleague"))
    notification_type = models.CharField(_("type"), max_length=30, choices=NotificationType)
    in_app = models.BooleanField(_("under the bell"), default=True)
    email = models.BooleanField(_("by mail"), default=False)
    priority_threshold = models.CharField(
        _("by mail from priority"),
        max_length=10,
        choices=NotificationPriority,
        default=NotificationPriority.NORMAL,
        help_text=_("What is less pressing comes with the daily digest."),
    )
    quiet_hours_start = models.TimeField(_("no mail from"), null=True, blank=True)  # null: by night too
    quiet_hours_end = models.TimeField(_("no mail until"), null=True, blank=True)
    weekend_enabled = models.BooleanField(_("mail at the weekend too"), default=True)

    objects = PersonalQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "notification_preference"
        verbose_name = _("notification preference")
        verbose_name_plural = _("notification preferences")
        ordering = ["user", "notification_type"]
        constraints = [
            known("notification_type", NotificationType),
            known("priority_threshold", NotificationPriority),
            models.UniqueConstraint(name="notification_preference_once", fields=["user", "notification_type"]),
            models.CheckConstraint(
                name="notification_preference_quiet_whole",
                condition=Q(quiet_hours_start__isnull=True, quiet_hours_end__isnull=True)
                | Q(quiet_hours_start__isnull=False, quiet_hours_end__isnull=False),
                violation_error_message=_("Give both ends of the quiet hours, or neither."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_notification_type_display()

    @classmethod
    def usual(cls, user: User, notification_type: str) -> "NotificationPreference":
        """What holds for a person who chose nothing; not a row yet."""
        return cls(user=user, notification_type=notification_type, email=notification_type in MAILED_BY_DEFAULT)

    def waits_for_digest(self, priority: str) -> bool:
        """Whether the letter about it is the digest: it is low, or less than the person wants to be troubled for."""
        return self.email and (priority == NotificationPriority.LOW or RANKS[priority] < RANKS[self.priority_threshold])

    def mail_due(self, priority: str, moment: datetime) -> datetime | None:
        """When a letter about it may go, from `moment` on; None when none of its own goes. Urgent waits for nothing."""
        if not self.email or self.waits_for_digest(priority):
            return None
        if priority == NotificationPriority.URGENT:
            return moment
        return self._out_of_the_weekend(self._out_of_quiet_hours(moment))

    def _out_of_quiet_hours(self, moment: datetime) -> datetime:
        start, end = self.quiet_hours_start, self.quiet_hours_end
        if start is None or end is None or start == end:
            return moment
        at = clock.local(moment)
        is_over_midnight = start > end
        is_quiet = at.time() >= start or at.time() < end if is_over_midnight else start <= at.time() < end
        if not is_quiet:
            return moment
        day = at.date() + timedelta(days=int(is_over_midnight and at.time() >= start))
        return datetime.combine(day, end, tzinfo=clock.AMSTERDAM).astimezone(moment.tzinfo)

    def _out_of_the_weekend(self, moment: datetime) -> datetime:
        day = clock.local_day(moment)
        if self.weekend_enabled or day.weekday() < SATURDAY:
            return moment
        monday = day + timedelta(days=7 - day.weekday())
        opens = datetime.combine(monday, self.quiet_hours_end or MORNING, tzinfo=clock.AMSTERDAM)
        return opens.astimezone(moment.tzinfo)
