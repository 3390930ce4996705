"""A list of records: how far it counts, how it goes on, and what it says of its filters."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib.admin import AllValuesFieldListFilter, ListFilter, RelatedFieldListFilter
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import flatten
from django.contrib.admin.views.main import ERROR_FLAG, ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.paginator import Paginator
from django.core.validators import EMPTY_VALUES
from django.db import models
from django.http import HttpRequest, QueryDict
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.views import ChangeList

from apps.core.api.values import parse_day
from apps.core.errors import Text

MOST_COUNTED = 10_000
AFTER_VAR = "after"  # the record behind which a long list goes on
VIEW_VAR, ALL_VIEW = "view", "all"  # the whole list is asked for, whatever filter somebody's list opens with
NOT_FILTERS = (
    VIEW_VAR,
    PAGE_VAR,
    ERROR_FLAG,
    ORDER_VAR,
    AFTER_VAR,
    "_changelist_filters",
    "_popup",
    "_to_field",
    "_facets",
    "all",
)
VALUES_TRANSLATED = {"1": _("Yes"), "0": _("No"), "True": _("Yes"), "False": _("No")}


class CountedSoFar(Paginator):
    """Counts no further than a person pages: counting a million rows takes longer than reading fifty."""

    template_name = "admin/includes/pages.html"
    most = MOST_COUNTED

    @cached_property
    def _found(self) -> int:
        return self.object_list.order_by().values("pk")[: self.most + 1].count()  # type: ignore[union-attr]

    @cached_property
    def count(self) -> int:
        return min(self._found, self.most)

    @property
    def is_more(self) -> bool:
        """Whether there are more than it counted."""
        return self._found > self.most


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A look at a list that many want: a link above it, with the filters that it stands for."""

    label: Text
    query: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class ListTab:
    """A link above a list, and whether the list is what it leads to."""

    label: Text
    url: str
    is_on: bool


@dataclass(frozen=True, kw_only=True)
class FilterChip:
    """One value of one filter that is on, and the address of the list without it."""

    title: Text
    value: Text
    url: str


class RecordList(ChangeList):
    """A list that says how many rows it shows out of the whole only where it shows a part.

    A page is found by its keys first, and only its own rows are read with all that they show. Beyond the pages that are
    counted the list goes on behind its last record.
    """

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = super().get_filters_params(params)
        for name in (AFTER_VAR, VIEW_VAR):
            found.pop(name, None)
        return found

    def get_filters(self, request: HttpRequest) -> Any:
        """Filters by another record, or by a text of one, offer and take those that their reader may see, and no other."""
        specs, *rest = super().get_filters(request)
        for spec in specs:
            if isinstance(spec, RelatedFieldListFilter):
                self._keep_visible(spec, request)
            elif isinstance(spec, AllValuesFieldListFilter):
                rows = self.model_admin.choosable(spec.field.model._default_manager.all(), request)
                spec.lookup_choices = rows.order_by(spec.field.name).values_list(spec.field.name, flat=True).distinct()
        return specs, *rest

    def _keep_visible(self, spec: RelatedFieldListFilter, request: HttpRequest) -> None:
        rows = self.model_admin.choosable(spec.field.related_model._default_manager.all(), request)
        offered = [key for key, _label in spec.lookup_choices if key not in EMPTY_VALUES]
        seen = set(rows.filter(pk__in=offered).values_list("pk", flat=True))
        spec.lookup_choices = [choice for choice in spec.lookup_choices if choice[0] in seen or choice[0] in EMPTY_VALUES]
        chosen = [key for key in flatten([spec.lookup_val]) if key not in EMPTY_VALUES]
        try:
            known = rows.filter(pk__in=chosen).count()
        except (ValidationError, ValueError) as error:
            raise IncorrectLookupParameters(error) from error
        if known < len(set(chosen)):
            raise IncorrectLookupParameters

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> models.QuerySet:
        queryset = super().get_queryset(request, exclude_parameters)
        column, after = self.model_admin.continues_by, request.GET.get(AFTER_VAR)
        if not column or after is None or ORDER_VAR in self.params:
            return queryset
        last = self._record_named(after)
        value = getattr(last, column)
        behind = models.Q(**{f"{column}__lt": value}) | models.Q(**{column: value, "pk__lt": last.pk})
        return queryset.filter(behind, **{f"{column}__lte": value})  # the last for the index, which cannot use an OR

    def _record_named(self, key: str) -> models.Model:
        try:
            return self.root_queryset.get(pk=UUID(key))
        except (ValueError, self.model.DoesNotExist) as error:
            raise IncorrectLookupParameters(error) from error

    def get_results(self, request: HttpRequest) -> None:
        try:
            super().get_results(request)
            keys = list(self.result_list.values_list("pk", flat=True))
        except (ValueError, OverflowError) as error:  # a year 99999 passes as a filter and fails in the query
            raise IncorrectLookupParameters(error) from error
        self.result_list = self._rows(request, keys)
        if not self.query and not self.has_active_filters:
            self.full_result_count = self.result_count

    def _rows(self, request: HttpRequest, keys: list[Any]) -> list[models.Model]:
        """The records of a page, in its order. One that went out of reach between the two readings is left out."""
        rows = self.model_admin.get_queryset(request)
        if not rows.query.select_related:
            rows = self.apply_select_related(rows)
        found = rows.in_bulk(keys)
        return [found[key] for key in keys if key in found]

    @property
    def older_url(self) -> str:
        """Where the list goes on, on the last page that is counted of one that is longer."""
        is_last = self.page_num == self.paginator.num_pages
        if not (self.model_admin.continues_by and is_last and self.result_list and getattr(self.paginator, "is_more", False)):
            return ""
        if ORDER_VAR in self.params:
            return ""
        return self.get_query_string({AFTER_VAR: self.result_list[-1].pk}, remove=[PAGE_VAR])

    @property
    def newest_url(self) -> str:
        """Back to where the list begins, on a part that goes on."""
        if AFTER_VAR not in self.params:
            return ""
        query = self.params_of_request.copy()
        return address_of(_without(query, AFTER_VAR))

    # What is on

    @cached_property
    def chips(self) -> list[FilterChip]:
        """Each value that narrows the list, in the order of the filters; the words searched for last."""
        given = filter_query(self.params_of_request)
        chips = [chip for spec in self.filter_specs for chip in self._chips_of(spec, given)]
        for name in given:
            if name == f"{self.opts.pk.name}__in":
                chips.append(self._chip(_("chosen"), str(len(given.getlist(name))), name, None))
            elif name != SEARCH_VAR and not any(name in _names_of(spec) for spec in self.filter_specs):
                chips += [self._chip(_title(self.model, name), value, name, value) for value in given.getlist(name)]
        if self.query:
            chips.append(self._chip(_("search"), f"“{self.query}”", SEARCH_VAR, self.query))
        return chips

    @property
    def tabs(self) -> list[ListTab]:
        """All records, then each preset of the page."""
        on = filter_query(self.params_of_request).dict()
        looks = [Preset(label=_("All"), query={}), *self.model_admin.presets] if self.model_admin.presets else []
        return [ListTab(label=each.label, url=f"?{urlencode(each.query)}", is_on=on == dict(each.query)) for each in looks]

    @property
    def without_filters_url(self) -> str:
        return address_of({ORDER_VAR: self.params[ORDER_VAR]} if ORDER_VAR in self.params else {})

    @cached_property
    def params_of_request(self) -> QueryDict:
        query = QueryDict(mutable=True)
        for name, values in self.filter_params.items():
            query.setlist(name, list(values))
        return query

    def _chips_of(self, spec: ListFilter, given: QueryDict) -> Iterator[FilterChip]:
        names = [name for name in _names_of(spec) if name in given]
        labels = _labels(spec) if names else {}
        for name in names:
            for value in given.getlist(name):
                yield self._chip(spec.title, _bounded(name, labels.get(value, value)), name, value)

    def _chip(self, title: Text, value: Text, name: str, raw: str | None) -> FilterChip:
        """The address without one value, or without any of them."""
        query = self.params_of_request.copy()
        others = [each for each in query.pop(name) if raw is not None and each != raw]
        if others:
            query.setlist(name, others)
        return FilterChip(title=capfirst(str(title)), value=value, url=address_of(_without(query, AFTER_VAR, ERROR_FLAG)))


def address_of(query: Mapping[str, str]) -> str:
    """The list with these parameters; without any it is asked for as a whole, past the filter it may open with."""
    return f"?{query.urlencode() if isinstance(query, QueryDict) else urlencode(query)}" if query else f"?{VIEW_VAR}={ALL_VIEW}"


def _without(query: QueryDict, *names: str) -> QueryDict:
    for name in names:
        query.pop(name, None)
    return query


def filter_query(given: QueryDict) -> QueryDict:
    """The part of an address that says which rows are shown, without what is empty."""
    query = QueryDict(mutable=True)
    for name, values in given.lists():
        if name not in NOT_FILTERS and any(values):
            query.setlist(name, [value for value in values if value != ""])
    return query


def _names_of(spec: ListFilter) -> list[str]:
    return [name for name in spec.expected_parameters() if name]


def _labels(spec: Any) -> dict[str, Text]:
    """What each value of a filter is called."""
    choices = getattr(spec, "lookup_choices", None) or getattr(getattr(spec, "field", None), "flatchoices", None) or ()
    # Where every value of a column is a choice, Django lists the values alone.
    return {**VALUES_TRANSLATED, **{str(choice[0]): choice[1] for choice in choices if isinstance(choice, tuple)}}


def _bounded(name: str, value: Text) -> Text:
    """A value of a range, with which end it is; a day as people here write it."""
    day = parse_day(str(value))
    value = date_format(day, "SHORT_DATE_FORMAT") if day else value
    if name.endswith("_from"):
        return _("from %(value)s") % {"value": value}
    if name.endswith("_to"):
        return _("up to %(value)s") % {"value": value}
    return value


def _title(model: type[models.Model], name: str) -> Text:
    """What to call a condition that came with an address and belongs to no filter of the page."""
    try:
        return model._meta.get_field(name.split("__", maxsplit=1)[0]).verbose_name  # type: ignore[union-attr]
    except (FieldDoesNotExist, AttributeError):
        return name
