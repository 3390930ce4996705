from apps.partners.models.delivery import DeliveryAttempt, PartnerDelivery, PartnerDeliveryQuerySet
from apps.partners.models.endpoint import EndpointHealth, EndpointHealthQuerySet
from apps.partners.models.integration import PartnerIntegration, PartnerIntegrationQuerySet, PartnerSku
from apps.partners.models.reference import (
    PartnerMessage,
    PartnerOrderReference,
    PartnerOrderReferenceQuerySet,
    PartnerStatusReport,
)

__all__ = [
    "DeliveryAttempt",
    "EndpointHealth",
    "EndpointHealthQuerySet",
    "PartnerDelivery",
    "PartnerDeliveryQuerySet",
    "PartnerIntegration",
    "PartnerIntegrationQuerySet",
    "PartnerMessage",
    "PartnerOrderReference",
    "PartnerOrderReferenceQuerySet",
    "PartnerSku",
    "PartnerStatusReport",
]
