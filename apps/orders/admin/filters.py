from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, MultipleRelatedDropdownFilter, RangeNumericFilter

from apps.accounts.models import User
from apps.core import clock
from apps.core.api.values import parse_decimal
from apps.organizations.models import Organization
from apps.organizations.queries import visible_users

MOST_PARTNERS = 500


class OverdueFilter(DropdownFilter):
    """Late at this moment, also where nobody has flagged it yet."""

    title = _("overdue")
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.overdue(at=clock.now()) if self.value() == "yes" else queryset


class WhoseFilter(DropdownFilter):
    title = _("whose")
    parameter_name = "whose"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("mine", _("Mine")), ("nobody", _("Nobody's")), ("open", _("Unfinished"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match self.value():
            case "mine":
                return queryset.unfinished().filter(order_owner=request.user)
            case "nobody":
                return queryset.unfinished().filter(order_owner=None)
            case "open":
                return queryset.unfinished()
        return queryset


class PlannedFilter(DropdownFilter):
    """When it is planned, counted from the day on which one looks: what is saved or shared stays true."""

    title = _("planned for")
    parameter_name = "planned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("today", _("Today")),
            ("week", _("This week")),
            ("next_week", _("Next week")),
            ("past", _("A day that has passed")),
            ("never", _("Not planned")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = clock.today()
        monday = today - timedelta(days=today.weekday())
        match self.value():
            case "today":
                return queryset.filter(planned_start_date=today)
            case "week":
                return queryset.filter(planned_start_date__range=(monday, monday + timedelta(days=6)))
            case "next_week":
                return queryset.filter(planned_start_date__range=(monday + timedelta(days=7), monday + timedelta(days=13)))
            case "past":
                return queryset.unfinished().filter(planned_start_date__lt=today)
            case "never":
                return queryset.unfinished().filter(planned_start_date=None)
        return queryset


class OwnerFilter(MultipleRelatedDropdownFilter):
    """The colleagues who may own an order, as far as whoever filters has companies in common with them."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        people = visible_users(User.objects.filter(is_staff=True, is_service=False), request.user)
        return [(person.pk, str(person)) for person in people.order_by("first_name", "last_name", "email")]


class PartnerFilter(MultipleRelatedDropdownFilter):
    """The partners that bring orders, whether or not they have brought one: to know that would read every order."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        partners = Organization.objects.visible_to(request.user).partners().order_by("name", "pk")
        return list(partners.values_list("pk", "name")[:MOST_PARTNERS])


class AmountFilter(RangeNumericFilter):
    """From one amount to another, as people here write it: a decimal comma or a point."""

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        for end, comparison in (("from", "gte"), ("to", "lte")):
            given = self.used_parameters.get(f"{self.parameter_name}_{end}")
            if given:
                queryset = queryset.filter(**{f"{self.field_path}__{comparison}": self._amount(given)})
        return queryset

    def _amount(self, given: str) -> Decimal:
        amount = parse_decimal(given.strip().replace(",", "."), whole_digits=10, places=2)
        if amount is None:
            raise IncorrectLookupParameters(given)
        return amount
