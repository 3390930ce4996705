import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.support.choices import CommentType, PromiseKind, TicketSource, TicketType
from apps.support.models import (
    InboundMessage,
    InboundSource,
    Macro,
    SupportPolicy,
    Ticket,
    TicketComment,
    TicketPresence,
    TicketPromise,
)
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory


class SupportPolicyFactory(DjangoModelFactory):
    """A promise of the whole group for support tickets."""

    class Meta:
        model = SupportPolicy
        django_get_or_create = ("ticket_type", "priority", "business_entity")

    ticket_type = TicketType.SUPPORT
    priority = ""
    business_entity = None
    response_sla_hours = 8
    resolution_sla_hours = 72


class MacroFactory(DjangoModelFactory):
    class Meta:
        model = Macro

    name = factory.Sequence(lambda n: f"Antwoord {n}")
    text_nl = "Beste {{ customer_name }}, het gaat over {{ ticket_number }}."
    text_en = "Dear {{ customer_name }}, this is about {{ ticket_number }}."


class TicketFactory(DjangoModelFactory):
    """A row alone, without a log; `support.services.create_ticket` makes one that has a life."""

    class Meta:
        model = Ticket

    business_entity = factory.SubFactory(BusinessEntityFactory)
    customer_organization = factory.SubFactory(OrganizationFactory, business_entity=factory.SelfAttribute("..business_entity"))
    contact = factory.SubFactory(ContactFactory, organization=factory.SelfAttribute("..customer_organization"))
    ticket_number = factory.Sequence(lambda n: f"SUP-2026-{n:05d}")
    ticket_type = TicketType.SUPPORT
    subject = "Wanneer komen jullie?"
    description = "Wij hebben nog niets gehoord."
    source = TicketSource.STAFF
    assigned_department = "support"
    last_activity_at = factory.LazyFunction(clock.now)


class TicketCommentFactory(DjangoModelFactory):
    class Meta:
        model = TicketComment

    ticket = factory.SubFactory(TicketFactory)
    comment_type = CommentType.INTERNAL
    content = "Even gebeld, niemand thuis."
    written_at = factory.LazyFunction(clock.now)


class TicketPromiseFactory(DjangoModelFactory):
    class Meta:
        model = TicketPromise

    ticket = factory.SubFactory(TicketFactory)
    kind = PromiseKind.FIRST_RESPONSE
    hours = 8
    started_at = factory.LazyFunction(clock.now)


class TicketPresenceFactory(DjangoModelFactory):
    class Meta:
        model = TicketPresence

    ticket = factory.SubFactory(TicketFactory)
    user = factory.SubFactory(UserFactory)
    seen_at = factory.LazyFunction(clock.now)


class InboundSourceFactory(DjangoModelFactory):
    class Meta:
        model = InboundSource

    name = factory.Sequence(lambda n: f"Make.com {n}")
    business_entity = factory.SubFactory(BusinessEntityFactory)
    secret = "whsec_" + "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE="


class InboundMessageFactory(DjangoModelFactory):
    class Meta:
        model = InboundMessage

    source = factory.SubFactory(InboundSourceFactory)
    webhook_id = factory.Sequence(lambda n: f"msg_{n}")
    came_in_at = factory.LazyFunction(clock.now)
