from datetime import datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import known
from apps.organizations.models import ScopedQuerySet
from apps.support.choices import PromiseKind
from apps.workflow.models import Staged


class TicketPromiseQuerySet(ScopedQuerySet["TicketPromise"]):
    entity_path = "ticket__business_entity"

    def not_kept(self) -> Self:
        """Those that still wait to be kept, whether their clock runs or stands still."""
        return self.filter(met_at=None, ended_at=None)

    def late(self, at: datetime) -> Self:
        """Those that are broken and were not kept since, also where the flag has not been set yet."""
        return self.not_kept().filter(Q(is_overdue=True) | Q(sla_deadline__lt=at))


class TicketPromise(Staged):
    """One promise on one ticket and how its clock runs; worked out from the ticket's log, and no more than that says.

    While the clock stands still its deadline is null and `is_overdue` keeps its value.
    """

    ticket = models.ForeignKey(
        "support.Ticket", on_delete=models.PROTECT, related_name="promises", verbose_name=_("ticket"), db_index=False
    )
    kind = models.CharField(_("promise"), max_length=15, choices=PromiseKind)
    hours = models.PositiveIntegerField(_("hours"))
    started_at = models.DateTimeField(_("from"))
    held = models.DurationField(_("stood still"), default=timedelta)
    met_at = models.DateTimeField(_("kept at"), null=True)  # null: not yet
    ended_at = models.DateTimeField(_("fell away at"), null=True)  # null: it counts

    objects = TicketPromiseQuerySet.as_manager()

    class Meta(Staged.Meta):
        db_table = "ticket_promise"
        verbose_name = _("promise on a ticket")
        verbose_name_plural = _("promises kept and broken")
        ordering = ["started_at", "kind"]
        constraints = [
            *Staged.Meta.constraints,
            known("kind", PromiseKind),
            models.UniqueConstraint(name="ticket_promise_once", fields=["ticket", "kind"]),
            models.CheckConstraint(
                name="ticket_promise_runs_or_not",
                condition=Q(sla_deadline__isnull=True) | Q(met_at__isnull=True, ended_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())
