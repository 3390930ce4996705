"""Telling customers of the statuses that the table of notices names, while their policy says so."""

from typing import Any
from uuid import UUID

from django.utils import translation

from apps.communication.models import CommunicationMessage
from apps.communication.notices import notices
from apps.communication.services.telling import Told, tell
from apps.core.records import RecordRef, resolve
from apps.workflow.models import EntityCurrentStatus, StatusPolicy, StatusTransition

ON_HOLD = "on_hold"


def tell_of_status(transition_id: UUID) -> list[CommunicationMessage]:
    """Tell of one step of a record, once however often it is asked; what is past by the time that we come is no news."""
    step = StatusTransition.objects.get(pk=transition_id)
    notice = notices.find(step.entity_type, step.workflow, step.to_status)
    if notice is None or notice.words is None or notice.reader is None or _goes_back(step):
        return []
    ref = RecordRef(entity_type=step.entity_type, entity_id=step.entity_id)
    record: Any = resolve([ref]).get(ref)
    if record is None or not _is_to_be_told(step, record.business_entity_id):
        return []
    contact = notice.reader(record)
    with translation.override(contact.language):
        variables = notice.words(record, contact)
    told = Told(
        contact=contact,
        template_code=notice.template_code,
        variables=variables,
        about=ref,
        business_entity=record.business_entity,
        key=f"status:{step.pk}",
        only_in_status=step.to_status,
    )
    return tell(told, channels=notice.channels)


def _goes_back(step: StatusTransition) -> bool:
    """Whether a record comes from a hold to where it was held, which is no news: that work goes on is told by itself."""
    if step.from_status != ON_HOLD:
        return False
    held = StatusTransition.objects.get(entity_type=step.entity_type, entity_id=step.entity_id, sequence=step.sequence - 1)
    return held.from_status == step.to_status


def _is_to_be_told(step: StatusTransition, business_entity_id: UUID) -> bool:
    standing = EntityCurrentStatus.objects.filter(entity_type=step.entity_type, entity_id=step.entity_id)
    if not standing.filter(current_status=step.to_status).exists():
        return False
    policies = StatusPolicy.objects.of(step.entity_type, step.workflow, business_entity_id).filter(status=step.to_status)
    policy = policies.last()  # the company's own comes after the group's
    return policy is not None and policy.notify
