from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel
from apps.workflow.choices import Stage
from apps.workflow.sla import Moments


class Staged(BusinessModel):
    """A row with one deadline that is told of in stages; `workflow.services.stages.advance` moves it through them.

    A record with more deadlines than one has such a row for each. While nothing runs, or the clock is paused, all moments
    are null; `stage` and `is_overdue` keep their values.

    A subclass with its own Meta inherits `Staged.Meta`, and adds to its lists.
    """

    sla_deadline = models.DateTimeField(_("deadline"), null=True)
    reminder_at = models.DateTimeField(_("reminder at"), null=True)
    warning_at = models.DateTimeField(_("warning at"), null=True)
    escalates_at = models.DateTimeField(_("escalates at"), null=True)
    next_stage_at = models.DateTimeField(_("next stage at"), null=True)
    stage = models.PositiveSmallIntegerField(_("stage"), choices=Stage, default=Stage.NONE, db_default=Stage.NONE)
    is_overdue = models.BooleanField(_("overdue"), default=False)

    class Meta(BusinessModel.Meta):
        abstract = True
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(name="%(class)s_stage_known", condition=Q(stage__in=sorted(Stage.values))),
            models.CheckConstraint(
                name="%(class)s_stages_together",
                condition=Q(
                    sla_deadline__isnull=True,
                    reminder_at__isnull=True,
                    warning_at__isnull=True,
                    escalates_at__isnull=True,
                    next_stage_at__isnull=True,
                )
                | Q(
                    sla_deadline__isnull=False,
                    reminder_at__isnull=False,
                    warning_at__isnull=False,
                    escalates_at__isnull=False,
                ),
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["next_stage_at"], name="%(class)s_stage", condition=Q(next_stage_at__isnull=False)),
        ]

    def run(self, moments: Moments | None) -> None:
        """Have the row run by these moments, or by none; what was told stays told. Not stored yet."""
        self.sla_deadline = moments.deadline if moments else None
        self.reminder_at = moments.reminder_at if moments else None
        self.warning_at = moments.warning_at if moments else None
        self.escalates_at = moments.escalates_at if moments else None
        self.next_stage_at = moments.after(self.stage) if moments else None
