import uuid
from datetime import date, timedelta

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.workflow.choices import StatusCategory
from apps.workflow.models import (
    BusinessCalendar,
    CalendarDay,
    EntityCurrentStatus,
    InternalTask,
    StatusPolicy,
    StatusTransition,
    Supervision,
)
from tests.factories.organizations import BusinessEntityFactory


class StatusPolicyFactory(DjangoModelFactory):
    """A policy of the whole group for a status of internal tasks."""

    class Meta:
        model = StatusPolicy

    entity_type = "internal_task"
    status = factory.Sequence(lambda n: f"status_{n}")
    label_nl = factory.LazyAttribute(lambda made: f"{made.status} (nl)")
    label_en = factory.LazyAttribute(lambda made: f"{made.status} (en)")
    category = StatusCategory.PENDING


class InternalTaskFactory(DjangoModelFactory):
    """A row alone, without a log; `workflow.services.create_task` makes one that has a life."""

    class Meta:
        model = InternalTask

    title = "Bel de klant terug"


class StatusTransitionFactory(DjangoModelFactory):
    """The creation of a task."""

    class Meta:
        model = StatusTransition

    entity_type = "internal_task"
    entity_id = factory.LazyFunction(uuid.uuid4)
    sequence = 1
    workflow = "default"
    to_status = "open"
    occurred_at = factory.LazyFunction(clock.now)
    status_since = factory.SelfAttribute("occurred_at")
    actor_kind = "system"


class EntityCurrentStatusFactory(DjangoModelFactory):
    class Meta:
        model = EntityCurrentStatus

    entity_type = factory.SelfAttribute("last_transition.entity_type")
    entity_id = factory.SelfAttribute("last_transition.entity_id")
    workflow = "default"
    current_status = factory.SelfAttribute("last_transition.to_status")
    status_since = factory.SelfAttribute("last_transition.occurred_at")
    last_transition = factory.SubFactory(StatusTransitionFactory)


class BusinessCalendarFactory(DjangoModelFactory):
    """Monday to Friday, nine to five."""

    class Meta:
        model = BusinessCalendar
        django_get_or_create = ("business_entity",)

    business_entity = factory.SubFactory(BusinessEntityFactory)


class CalendarDayFactory(DjangoModelFactory):
    class Meta:
        model = CalendarDay

    calendar = factory.SubFactory(BusinessCalendarFactory)
    day = factory.Sequence(lambda n: date(2027, 1, 4) + timedelta(days=n))


class SupervisionFactory(DjangoModelFactory):
    class Meta:
        model = Supervision
        django_get_or_create = ("business_entity",)

    business_entity = factory.SubFactory(BusinessEntityFactory)
