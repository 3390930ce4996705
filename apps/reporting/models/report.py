"""Who gets the figures by mail, and each time that somebody did."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication.models import StaffMail
from apps.core.models import BusinessModel, known
from apps.reporting.choices import Cadence

ERROR_LENGTH = 2_000


class ReportSubscription(AuditedModel):
    """A colleague gets the figures by mail: of the companies that they work for, in their language."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("colleague"))
    cadence = models.CharField(_("how often"), max_length=10, choices=Cadence, default=Cadence.DAILY)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(AuditedModel.Meta):
        db_table = "report_subscription"
        verbose_name = _("figures by mail")
        verbose_name_plural = _("figures by mail")
        ordering = ["user", "cadence"]
        constraints = [
            known("cadence", Cadence),
            models.UniqueConstraint(
                name="report_subscription_once",
                fields=["user", "cadence"],
                violation_error_message=_("This colleague gets this mail already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_cadence_display()}"


class ReportMailQuerySet(models.QuerySet["ReportMail"]):
    def given_up(self) -> Self:
        """Those that could not be written, after all attempts."""
        return self.filter(written_at=None, next_attempt_at=None)


class ReportMail(BusinessModel):
    """The figures that one colleague gets on one day. The row comes first; whoever finds it writes the letter, once.

    `day` is the day of the letter: it tells of the day, the week or the month before it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("colleague"))
    cadence = models.CharField(_("how often"), max_length=10, choices=Cadence)
    day = models.DateField(_("day"))
    is_late = models.BooleanField(_("late"), default=False)
    next_attempt_at = models.DateTimeField(_("next attempt"), null=True, blank=True)  # null: it is done, or given up
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0)
    last_error = models.CharField(_("last error"), max_length=ERROR_LENGTH, blank=True)
    written_at = models.DateTimeField(_("written at"), null=True, blank=True)  # null: no letter was written
    mail = models.ForeignKey(
        StaffMail,
        on_delete=models.PROTECT,
        null=True,  # null: not written, or its reader had lost the right to it
        blank=True,
        related_name="+",
        verbose_name=_("letter"),
    )

    objects = ReportMailQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "report_mail"
        verbose_name = _("letter with figures")
        verbose_name_plural = _("letters with figures")
        ordering = ["-day", "cadence"]
        constraints = [
            known("cadence", Cadence),
            models.UniqueConstraint(name="report_mail_once", fields=["user", "cadence", "day"]),
        ]
        indexes = [
            models.Index(name="report_mail_due", fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_cadence_display()} {self.day}"

    @property
    def is_given_up(self) -> bool:
        return self.written_at is None and self.next_attempt_at is None
