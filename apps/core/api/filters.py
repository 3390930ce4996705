"""Filters that refuse what they do not know: a filter that is silently ignored answers with the wrong rows."""

from collections.abc import Collection
from datetime import date
from typing import Any

from django import forms
from django.db import models
from django.db.models import QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters
from django_filters.widgets import BaseCSVWidget
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api.values import is_within_reach, parse_day
from apps.core.errors import FieldError, Malformed

PAGING = ("limit", "cursor")


class DayField(forms.Field):
    """A day as YYYY-MM-DD and in no other spelling."""

    def to_python(self, value: Any) -> date | None:
        if value in self.empty_values:
            return None
        day = parse_day(value)
        if day is None or not is_within_reach(day):
            raise forms.ValidationError(_("Write a day as YYYY-MM-DD, from 2000 to five years ahead."), code="invalid")
        return day


class DayFilter(filters.DateFilter):
    field_class = DayField


class ValuesWidget(BaseCSVWidget):
    """Values apart by commas, in one parameter or in several of one name."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = data.getlist(name) if isinstance(data, MultiValueDict) else data.get(name)
        joined = ",".join(given) if isinstance(given, list) else given
        return super().value_from_datadict({name: joined}, files, name)


class AnyOf(filters.BaseInFilter, filters.ChoiceFilter):
    """One value of the choices, or several: `?status=a,b` or `?status=a&status=b`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, widget=ValuesWidget)


class StrictFilterSet(filters.FilterSet):
    """The base of every declared filter: days in one spelling."""

    FILTER_DEFAULTS = {**filters.FilterSet.FILTER_DEFAULTS, models.DateField: {"filter_class": DayFilter}}


class StrictFilterBackend(filters.DjangoFilterBackend):
    """Applies a view's `filterset_class`; an unknown, doubled or malformed parameter is refused."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        filterset_class = self.get_filterset_class(view, queryset)
        known = filterset_class.base_filters if filterset_class else {}
        several = [name for name, each in known.items() if isinstance(each, AnyOf)]
        refuse_unknown_parameters(request, known=known, several=several)
        return super().filter_queryset(request, queryset, view)


def refuse_unknown_parameters(request: Request, *, known: Collection[str] = (), several: Collection[str] = ()) -> None:
    """Refuse query parameters beyond the known ones and those of paging; those in `several` may be given more than once.

    Raises:
        Malformed: unknown_parameter or repeated_parameter, with the parameter as pointer.
    """
    fields = [
        FieldError(pointer=f"/{name}", code="unknown_parameter", detail=_("This list has no such filter."))
        for name in request.query_params
        if name not in known and name not in PAGING
    ]
    fields += [
        FieldError(pointer=f"/{name}", code="repeated_parameter", detail=_("A filter is given once."))
        for name, values in request.query_params.lists()
        if len(values) > 1 and name not in several
    ]
    if fields:
        raise Malformed(fields=fields)
