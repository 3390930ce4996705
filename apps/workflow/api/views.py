from typing import Any
from uuid import UUID

from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.core.api.filters import StrictFilterSet, refuse_unknown_parameters
from apps.core.api.pagination import CursorPages, OnePage
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView, ListView
from apps.core.records import RecordRef
from apps.workflow import queries, services
from apps.workflow.api.serializers import (
    ChangeIn,
    ChangeOut,
    CurrentStatusOut,
    OptionOut,
    RecordStatusOut,
    RefusedOptionOut,
    TransitionOut,
    WorkflowOut,
)
from apps.workflow.models import EntityCurrentStatus, StatusTransition


class ChangeView(ApiView):
    """Move any record to another status."""

    scope = None  # each arrow has its own right, and a record that is not theirs to work on is not there

    @extend_schema(request=ChangeIn, responses=ChangeOut)
    def post(self, request: Request) -> Response:
        transition = services.change_entity_status(**validated(ChangeIn, request), by=request.user)
        return Response(ChangeOut(transition).data)


class StatusView(ApiView):
    """Where a record stands, where it may go from there, and what stands against every other way."""

    scope = None  # whoever works on the record

    @extend_schema(responses=RecordStatusOut)
    def get(self, request: Request, entity_type: str, entity_id: UUID) -> Response:
        refuse_unknown_parameters(request)
        record = queries.find_record(entity_type, entity_id, by=request.user)
        standing = queries.current_status(RecordRef(entity_type=entity_type, entity_id=entity_id))
        options = services.allowed_transitions(record, request.user)
        ways = {
            "label": str(queries.label_of(record)),
            "allowed_transitions": OptionOut([option for option in options if option.allowed], many=True).data,
            "refused_transitions": RefusedOptionOut([option for option in options if not option.allowed], many=True).data,
        }
        return Response(CurrentStatusOut(standing).data | ways)


class HistoryPages(CursorPages):
    moment_field = "occurred_at"


class HistoryView(ListView):
    """Every step of a record, the last one first."""

    scope = None  # whoever works on the record
    queryset = StatusTransition.objects.none()
    serializer_class = TransitionOut
    pagination_class = HistoryPages

    def get_queryset(self) -> Any:
        record = queries.find_record(self.kwargs["entity_type"], self.kwargs["entity_id"], by=self.request.user)
        return queries.history(RecordRef(entity_type=record.entity_type, entity_id=record.pk))


class OverdueFilters(StrictFilterSet):
    entity_type = filters.CharFilter(max_length=50)
    current_status = filters.CharFilter(max_length=50)
    business_entity = filters.CharFilter("business_entity__entity_code", max_length=20)


class OverduePages(CursorPages):
    moment_field = "status_since"


class OverdueView(ListView):
    """Records that have been in their status for longer than its policy allows."""

    scope = None  # those of them that the caller may see
    queryset = EntityCurrentStatus.objects.none()
    serializer_class = CurrentStatusOut
    pagination_class = OverduePages
    filterset_class = OverdueFilters

    def get_queryset(self) -> Any:
        return queries.overdue(by=self.request.user, now=clock.now())


class WorkflowsView(ApiView):
    """Every machine: its statuses as the group has arranged them, and its arrows."""

    scope = None  # words and rules, no records
    pagination_class = OnePage

    @extend_schema(responses=WorkflowOut(many=True))
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request)
        described = WorkflowOut(queries.workflows(), many=True).data
        return OnePage.of(described)
