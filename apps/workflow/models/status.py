from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast, Length
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.json import AsGiven
from apps.core.models import BusinessModel, where_filled
from apps.core.records import RecordRef
from apps.core.scope import sees_the_whole_group
from apps.core.triggers import AppendOnly, RefuseTruncate
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.workflow.models.stages import Staged

REASON_LENGTH = 2000
CONTEXT_LENGTH = 20_000


class StatusTransitionQuerySet(models.QuerySet["StatusTransition"]):
    def visible_to(self, user: User | AnonymousUser | None) -> Self:
        """The steps of the records that a user may know the standing of."""
        if sees_the_whole_group(user):
            return self.all()
        standing = EntityCurrentStatus.objects.visible_to(user)
        of_record = standing.filter(entity_type=OuterRef("entity_type"), entity_id=OuterRef("entity_id"))
        return self.filter(Exists(of_record))


class StatusTransition(BusinessModel):
    """One step in the life of a record, kept for ever. The first is its creation, which comes from no status.

    `status_since` and `sla_deadline` are the clock on arrival, which after a pause goes on where it stood; `left_since`, `left_deadline` and `left_overdue` say how the clock of the status that was left stood at that moment.

    Attributes:
        record: the record as moved, on the transition that a service has just returned; nowhere else.
        ends_overdue: whether the record was overdue and is no longer, at the same place.
    """

    record: Any
    ends_overdue: bool
    app_privileges = "SELECT, INSERT"

    entity_type = models.CharField(_("kind of record"), max_length=50)
    entity_id = models.UUIDField(_("record"))
    sequence = models.PositiveIntegerField(_("number"))
    workflow = models.CharField(_("workflow"), max_length=50)
    from_status = models.CharField(_("from"), max_length=50, null=True)  # null: the record was made
    to_status = models.CharField(_("to"), max_length=50)
    transition_reason = models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True)
    business_context = models.JSONField(_("context"), default=dict, encoder=AsGiven)
    occurred_at = models.DateTimeField(_("moment"))
    actor_kind = models.CharField(_("actor kind"), max_length=20)
    actor_id = models.CharField(_("actor id"), max_length=64, blank=True)
    actor_label = models.CharField(_("actor"), max_length=200, blank=True)
    triggered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: the system
        related_name="+",
        verbose_name=_("user"),
    )
    request_id = models.CharField(_("request"), max_length=64, blank=True)
    status_since = models.DateTimeField(_("since"))
    sla_deadline = models.DateTimeField(_("deadline"), null=True)
    left_since = models.DateTimeField(_("left status since"), null=True)
    left_deadline = models.DateTimeField(_("left status due"), null=True)
    left_overdue = models.BooleanField(_("left overdue"), default=False)
    is_milestone = models.BooleanField(_("milestone"), default=False)

    objects = StatusTransitionQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "status_transitions"
        verbose_name = _("status transition")
        verbose_name_plural = _("status transitions")
        ordering = ["-occurred_at", "-sequence"]
        triggers = [*BusinessModel.Meta.triggers, AppendOnly(), RefuseTruncate()]
        constraints = [
            models.UniqueConstraint(name="status_transition_sequence", fields=["entity_type", "entity_id", "sequence"]),
            models.CheckConstraint(
                name="status_transition_creation_is_first",
                condition=Q(sequence=1, from_status__isnull=True) | Q(sequence__gt=1, from_status__isnull=False),
            ),
            models.CheckConstraint(
                name="status_transition_context_length",
                condition=models.lookups.LessThanOrEqual(Length(Cast("business_context", models.TextField())), CONTEXT_LENGTH),
            ),
        ]
        indexes = [models.Index(fields=["occurred_at"], name="status_transition_by_moment")]

    def __str__(self) -> str:
        return f"{self.from_status or '–'} → {self.to_status}"

    @property
    def ref(self) -> RecordRef:
        return RecordRef(entity_type=self.entity_type, entity_id=self.entity_id)


class EntityCurrentStatusQuerySet(ScopedQuerySet):
    is_group_wide_without_entity = True

    def late(self, now: datetime) -> Self:
        """What is late at this moment, also where the flag has not been set yet."""
        return self.filter(Q(is_overdue=True) | Q(sla_deadline__lt=now))

    def in_time(self, now: datetime) -> Self:
        return self.filter(is_overdue=False).exclude(sla_deadline__lt=now)


class EntityCurrentStatus(Staged):
    """Where a record stands now and how its clock runs: one row per record, kept by the engine."""

    entity_type = models.CharField(_("kind of record"), max_length=50)
    entity_id = models.UUIDField(_("record"))
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: a record of the whole group
        related_name="+",
        verbose_name=_("business entity"),
    )
    workflow = models.CharField(_("workflow"), max_length=50)
    current_status = models.CharField(_("status"), max_length=50)
    status_since = models.DateTimeField(_("since"))
    last_transition = models.ForeignKey(
        StatusTransition, on_delete=models.PROTECT, related_name="+", verbose_name=_("last transition"), db_index=False
    )
    assigned_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: nobody has it
        related_name="+",
        verbose_name=_("assigned to"),
        db_index=False,
    )

    objects = EntityCurrentStatusQuerySet.as_manager()

    class Meta(Staged.Meta):
        db_table = "entity_current_status"
        verbose_name = _("current status")
        verbose_name_plural = _("current statuses")
        ordering = ["sla_deadline", "status_since"]
        constraints = [
            *Staged.Meta.constraints,
            models.UniqueConstraint(name="entity_current_status_once", fields=["entity_type", "entity_id"]),
        ]
        indexes = [
            *Staged.Meta.indexes,
            models.Index(fields=["entity_type", "workflow", "current_status"], name="current_status_by_status"),
            models.Index(fields=["sla_deadline"], name="current_status_running", condition=Q(is_overdue=False)),
            models.Index(fields=["entity_type", "status_since"], name="current_status_late", condition=Q(is_overdue=True)),
            models.Index(
                fields=["assigned_user", "status_since"],
                name="current_status_late_of",
                condition=Q(is_overdue=True, assigned_user__isnull=False),
            ),
            where_filled("assigned_user", name="current_status_assigned"),
        ]

    def __str__(self) -> str:
        return f"{self.entity_type} {self.current_status}"

    @property
    def ref(self) -> RecordRef:
        return RecordRef(entity_type=self.entity_type, entity_id=self.entity_id)
