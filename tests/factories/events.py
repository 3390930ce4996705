import factory

from apps.core.clock import now
from apps.events.models import EventDelivery, JobRun, OutboxEvent, ScheduledRun, SendingHold


class OutboxEventFactory(factory.django.DjangoModelFactory[OutboxEvent]):
    class Meta:
        model = OutboxEvent

    name = "tests.something_happened"
    payload = factory.LazyFunction(dict)
    occurred_at = factory.LazyFunction(now)


class EventDeliveryFactory(factory.django.DjangoModelFactory[EventDelivery]):
    class Meta:
        model = EventDelivery

    event = factory.SubFactory(OutboxEventFactory)
    subscriber = factory.Sequence(lambda number: f"tests.subscriber_{number}")
    next_attempt_at = factory.LazyFunction(now)


class ScheduledRunFactory(factory.django.DjangoModelFactory[ScheduledRun]):
    class Meta:
        model = ScheduledRun

    job = "tests.job"
    slot = factory.Sequence(lambda number: f"slot-{number}")


class JobRunFactory(factory.django.DjangoModelFactory[JobRun]):
    class Meta:
        model = JobRun

    job = "events-sweep"
    started_at = factory.LazyFunction(now)


class SendingHoldFactory(factory.django.DjangoModelFactory[SendingHold]):
    class Meta:
        model = SendingHold

    reason = "Restored from a backup"
    held_at = factory.LazyFunction(now)
