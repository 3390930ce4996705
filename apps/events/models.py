from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel, known
from apps.events.choices import DeliveryState, RunState


class OutboxEvent(BusinessModel):
    """Something that happened, written in the transaction in which it did."""

    name = models.CharField(_("event"), max_length=100)
    payload = models.JSONField(_("content"))
    occurred_at = models.DateTimeField(_("occurred at"))
    actor_label = models.CharField(_("actor"), max_length=200, blank=True)
    request_id = models.CharField(_("request"), max_length=64, blank=True)

    class Meta(BusinessModel.Meta):
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["-occurred_at", "id"], name="outboxevent_newest"),
            models.Index(fields=["name", "-occurred_at"], name="outboxevent_by_name"),
        ]

    def __str__(self) -> str:
        return self.name


class EventDelivery(BusinessModel):
    """One event on its way to one subscriber.

    `attempts` is raised and `next_attempt_at` moved ahead before an attempt begins: a delivery that kills its worker comes
    back later, a limited number of times.
    """

    event = models.ForeignKey(
        OutboxEvent,
        on_delete=models.PROTECT,
        related_name="deliveries",
        verbose_name=_("event"),
        db_index=False,
    )
    subscriber = models.CharField(_("subscriber"), max_length=150)
    state = models.CharField(
        _("state"),
        max_length=10,
        choices=DeliveryState.choices,
        default=DeliveryState.TODO,
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"))
    last_error = models.CharField(_("last error"), max_length=2000, blank=True)
    done_at = models.DateTimeField(_("done at"), null=True, blank=True)
    retried_by = models.CharField(_("tried again by"), max_length=200, blank=True)
    retried_at = models.DateTimeField(_("tried again at"), null=True, blank=True)

    class Meta(BusinessModel.Meta):
        verbose_name = _("event delivery")
        verbose_name_plural = _("event deliveries")
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="eventdelivery_once_per_subscriber"),
            known("state", DeliveryState),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="eventdelivery_due",
                condition=models.Q(state="todo"),
            ),
            models.Index(fields=["-created_at", "id"], name="eventdelivery_newest"),
            models.Index(
                fields=["-created_at"],
                name="eventdelivery_parked",
                condition=models.Q(state="parked"),
            ),
        ]

    def __str__(self) -> str:
        return self.subscriber


class ScheduledRun(BusinessModel):
    """A slot of a job that somebody took: whoever inserts the row does the work, everybody else finds it taken."""

    job = models.CharField(_("job"), max_length=100)
    slot = models.CharField(_("slot"), max_length=40)

    class Meta(BusinessModel.Meta):
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="scheduledrun_once_per_slot")]

    def __str__(self) -> str:
        return f"{self.job} {self.slot}"


class JobRun(BusinessModel):
    """A run of a job of the clock; of a job that runs every few seconds, a while in which it found nothing to do.

    Only what the schedule asked for is kept, and of that what somebody may want to look back at.
    """

    job = models.CharField(_("job"), max_length=200)
    state = models.CharField(_("outcome"), max_length=10, choices=RunState.choices, default=RunState.RUNNING)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), null=True, blank=True)
    amount = models.PositiveIntegerField(_("dealt with"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=2000, blank=True)
    ordered_by = models.CharField(_("ordered by"), max_length=200, blank=True)

    class Meta(BusinessModel.Meta):
        verbose_name = _("run of a job")
        verbose_name_plural = _("runs of jobs")
        constraints = [known("state", RunState)]
        indexes = [models.Index(fields=["job", "-started_at"], name="jobrun_newest_of_job")]

    def __str__(self) -> str:
        return f"{self.job} {self.get_state_display()}"


class SendingHold(BusinessModel):
    """While one is open nothing leaves the building: messages and deliveries become due, and wait.

    A restored copy begins with one, because what is due in it may have been sent after the backup was made.
    """

    reason = models.CharField(_("reason"), max_length=500)
    held_at = models.DateTimeField(_("held since"))
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.CharField(_("released by"), max_length=200, blank=True)

    class Meta(BusinessModel.Meta):
        verbose_name = _("hold on sending")
        verbose_name_plural = _("holds on sending")

    def __str__(self) -> str:
        return self.reason
