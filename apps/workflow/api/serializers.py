from typing import Any

from rest_framework import serializers

from apps.core import clock
from apps.core.api.serializers import StrictSerializer, StrictText, StrictUUID
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.models.status import REASON_LENGTH
from apps.workflow.services.clocks import is_late
from apps.workflow.sla import severity

NAME_LENGTH = 50


class ChangeIn(StrictSerializer):
    entity_type = StrictText(max_length=NAME_LENGTH)
    entity_id = StrictUUID()
    to_status = StrictText(max_length=NAME_LENGTH)
    transition_reason = StrictText(max_length=REASON_LENGTH, multiline=True, required=False, allow_blank=True)
    business_context = serializers.DictField(required=False, allow_null=True)
    expected_status = StrictText(max_length=NAME_LENGTH, required=False, allow_null=True)


class ChangeOut(serializers.Serializer[StatusTransition]):
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField()
    transition_id = serializers.UUIDField(source="pk")
    sequence = serializers.IntegerField()
    status_since = serializers.DateTimeField()
    sla_deadline = serializers.DateTimeField(allow_null=True)


class ReasonOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField(source="message")


class OptionOut(serializers.Serializer[Any]):
    """A way that is open: what to bring along."""

    to_status = serializers.CharField()
    label = serializers.CharField()
    needs_reason = serializers.BooleanField()
    form_fields = serializers.ListField(child=serializers.CharField())


class RefusedOptionOut(OptionOut):
    """A way that is closed, with every reason why."""

    reasons = ReasonOut(many=True)


class CurrentStatusOut(serializers.Serializer[EntityCurrentStatus]):
    entity_type = serializers.CharField()
    entity_id = serializers.UUIDField()
    workflow = serializers.CharField()
    current_status = serializers.CharField()
    status_since = serializers.DateTimeField()
    sla_deadline = serializers.DateTimeField(allow_null=True)
    is_overdue = serializers.SerializerMethodField()
    severity = serializers.SerializerMethodField()
    assigned_user_id = serializers.UUIDField(allow_null=True)
    last_transition_id = serializers.UUIDField()

    def get_is_overdue(self, row: EntityCurrentStatus) -> bool:
        return is_late(row, clock.now())

    def get_severity(self, row: EntityCurrentStatus) -> str | None:
        """How bad it is; null while it is in time."""
        now = clock.now()
        return severity(row.sla_deadline, now).value if is_late(row, now) else None


class RecordStatusOut(CurrentStatusOut):
    """Where a record stands, and where it may and may not go from there."""

    label = serializers.CharField()
    allowed_transitions = OptionOut(many=True)
    refused_transitions = RefusedOptionOut(many=True)


class TransitionOut(serializers.Serializer[StatusTransition]):
    transition_id = serializers.UUIDField(source="pk")
    sequence = serializers.IntegerField()
    workflow = serializers.CharField()
    from_status = serializers.CharField(allow_null=True)
    to_status = serializers.CharField()
    transition_reason = serializers.CharField()
    business_context = serializers.JSONField()
    occurred_at = serializers.DateTimeField()
    actor_kind = serializers.CharField()
    actor_label = serializers.CharField()
    triggered_by_id = serializers.UUIDField(allow_null=True)
    status_since = serializers.DateTimeField()
    sla_deadline = serializers.DateTimeField(allow_null=True)
    is_milestone = serializers.BooleanField()


class StatusOut(serializers.Serializer[Any]):
    """A status of a workflow as the group's policy has it; without a policy it has a name and nothing else."""

    status = serializers.CharField()
    label = serializers.CharField()
    customer_label = serializers.CharField()
    colour = serializers.CharField()
    category = serializers.CharField()
    order = serializers.IntegerField()
    sla_hours = serializers.IntegerField(allow_null=True)
    reason_required = serializers.BooleanField()
    visible_to_customer = serializers.BooleanField()
    milestone = serializers.BooleanField()
    final = serializers.BooleanField()


class ArrowOut(serializers.Serializer[Any]):
    name = serializers.CharField()
    from_status = serializers.CharField(source="source")
    to_status = serializers.CharField(source="target")
    guards = serializers.SerializerMethodField()
    permission = serializers.CharField()

    def get_guards(self, arrow: Any) -> list[str]:
        return [guard.code for guard in arrow.guards]


class WorkflowOut(serializers.Serializer[Any]):
    entity_type = serializers.CharField()
    workflow = serializers.CharField(source="name")
    initial = serializers.CharField()
    statuses = StatusOut(many=True)
    transitions = ArrowOut(many=True, source="arrows")
