"""Figures of customers' questions."""

from django.utils.translation import gettext_lazy as _

from apps.reporting.figures.figure import Figure, Good, Unit
from apps.support.models import Ticket

TICKET_FIGURES = (
    Figure(
        name="tickets_open",
        label=_("Open tickets"),
        unit=Unit.NUMBER,
        meaning=_("Tickets on which something is still to be done, now."),
        group=_("Tickets"),
        right="support.view_ticket",
        rows=lambda scope, period: (
            Ticket.objects.visible_to(scope.user)
            .unfinished()
            .filter(business_entity__in=scope.entities)
            .select_related("business_entity", "customer_organization")
            .order_by("last_activity_at", "id")
        ),
        good=Good.DOWN,
        is_now=True,
        is_counted=True,
    ),
)
