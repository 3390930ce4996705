import json

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.partners.choices import MessageKind, ReportOutcome, WebhookEvent
from apps.partners.models import (
    DeliveryAttempt,
    EndpointHealth,
    PartnerDelivery,
    PartnerIntegration,
    PartnerMessage,
    PartnerOrderReference,
    PartnerSku,
    PartnerStatusReport,
)
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import BusinessEntityFactory, OrganizationFactory

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class PartnerIntegrationFactory(DjangoModelFactory):
    """A live integration in our own shape, whose endpoint nobody listens on."""

    class Meta:
        model = PartnerIntegration

    partner_organization = factory.SubFactory(OrganizationFactory, partner=True)
    business_entity = factory.SubFactory(BusinessEntityFactory)
    integration_name = factory.LazyAttribute(lambda made: made.partner_organization.name)
    is_active = True
    webhook_url = "http://127.0.0.1:1/hook"
    webhook_secret = SECRET


class PartnerSkuFactory(DjangoModelFactory):
    class Meta:
        model = PartnerSku

    integration = factory.SubFactory(PartnerIntegrationFactory)
    partner_sku = factory.Sequence(lambda n: f"ZON-{n}")
    article = factory.SubFactory(ArticleFactory)


class EndpointHealthFactory(DjangoModelFactory):
    class Meta:
        model = EndpointHealth

    integration = factory.SubFactory(PartnerIntegrationFactory)


class PartnerOrderReferenceFactory(DjangoModelFactory):
    class Meta:
        model = PartnerOrderReference

    integration = factory.SubFactory(PartnerIntegrationFactory)
    partner_organization = factory.SelfAttribute("integration.partner_organization")
    order = factory.SubFactory(
        "tests.factories.orders.OrderFactory", partner_organization=factory.SelfAttribute("..partner_organization")
    )
    partner_order_id = factory.Sequence(lambda n: f"ZON-{n}")
    queued_sequence = 1
    queued_status = "RECEIVED"


class PartnerMessageFactory(DjangoModelFactory):
    class Meta:
        model = PartnerMessage

    reference = factory.SubFactory(PartnerOrderReferenceFactory)
    kind = MessageKind.FIRST
    received_at = factory.LazyFunction(clock.now)
    payload = factory.LazyAttribute(lambda made: {"partner_order_id": made.reference.partner_order_id})


class PartnerStatusReportFactory(DjangoModelFactory):
    class Meta:
        model = PartnerStatusReport

    reference = factory.SubFactory(PartnerOrderReferenceFactory)
    status = "PLANNED"
    reported_at = factory.LazyFunction(clock.now)
    received_at = factory.LazyFunction(clock.now)
    outcome = ReportOutcome.RECORDED


class PartnerDeliveryFactory(DjangoModelFactory):
    class Meta:
        model = PartnerDelivery

    reference = factory.SubFactory(PartnerOrderReferenceFactory)
    integration = factory.SelfAttribute("reference.integration")
    event_type = WebhookEvent.ORDER_STATUS_CHANGED
    sequence = factory.Sequence(lambda n: n + 2)
    status = "CONFIRMED"
    body = factory.LazyAttribute(lambda made: json.dumps({"data": {"status": made.status, "sequence": made.sequence}}))
    queued_at = factory.LazyFunction(clock.now)
    next_attempt_at = factory.LazyFunction(clock.now)


class DeliveryAttemptFactory(DjangoModelFactory):
    class Meta:
        model = DeliveryAttempt

    delivery = factory.SubFactory(PartnerDeliveryFactory)
    number = 1
    started_at = factory.LazyFunction(clock.now)
    url = "http://127.0.0.1:1/hook"
    response_status = 204
    elapsed_ms = 12
