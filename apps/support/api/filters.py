from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from apps.core import clock
from apps.core.api.filters import AnyOf, DayFilter, StrictFilterSet
from apps.core.errors import FieldError, Malformed
from apps.support.choices import AssignedDepartment, TicketCategory, TicketPriority, TicketStatus, TicketType
from apps.support.models import Ticket, TicketPromise

SEARCH_LENGTH = 100
YES_OR_NO = [("true", "true"), ("false", "false")]
MINE, NOBODYS = "me", "none"


class TicketFilters(StrictFilterSet):
    """Some have a short name beside that of the field."""

    type = AnyOf(field_name="ticket_type", choices=TicketType.choices)
    ticket_type = AnyOf(choices=TicketType.choices)
    status = AnyOf(choices=TicketStatus.choices)
    priority = AnyOf(choices=TicketPriority.choices)
    category = AnyOf(choices=TicketCategory.choices)
    assigned_department = AnyOf(choices=AssignedDepartment.choices)
    entity = filters.CharFilter(method="of_entity", max_length=20, label=_("code of the company"))
    business_entity = filters.CharFilter(method="of_entity", max_length=20, label=_("code of the company"))
    assignee = filters.CharFilter(method="of_assignee", max_length=36, label=_("key of the user, “me” or “none”"))
    assigned_to = filters.CharFilter(method="of_assignee", max_length=36, label=_("key of the user, “me” or “none”"))
    order = filters.CharFilter(method="about_order", max_length=36, label=_("number or key of the order"))
    overdue = filters.ChoiceFilter(method="of_lateness", choices=YES_OR_NO, null_label=None)
    created_from = DayFilter(method="made_from")
    created_to = DayFilter(method="made_to")
    search = filters.CharFilter(method="having", max_length=SEARCH_LENGTH)

    class Meta:
        model = Ticket
        fields: list[str] = []

    def of_entity(self, tickets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return tickets.filter(business_entity__entity_code=value)

    def of_assignee(self, tickets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        if value == NOBODYS:
            return tickets.filter(assigned_to=None)
        if value == MINE:
            return tickets.filter(assigned_to=self.request.user.pk)
        try:
            return tickets.filter(assigned_to=UUID(value))
        except ValueError:
            wrong = FieldError(pointer=f"/{name}", code="invalid", detail=_("Give the key of a user, “me” or “none”."))
            raise Malformed(fields=[wrong]) from None

    def about_order(self, tickets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        try:
            return tickets.filter(order=UUID(value))
        except ValueError:
            return tickets.filter(order__order_number=value)

    def of_lateness(self, tickets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        late = TicketPromise.objects.late(clock.now()).values("ticket")
        return tickets.filter(pk__in=late) if value == "true" else tickets.exclude(pk__in=late)

    def made_from(self, tickets: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return tickets.filter(created_at__gte=clock.day_bounds(value)[0])

    def made_to(self, tickets: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        return tickets.filter(created_at__lt=clock.day_bounds(value)[1])

    def having(self, tickets: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return tickets.having(value)
