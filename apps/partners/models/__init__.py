from apps.partners.models.delivery import DeliveryAttempt, PartnerDelivery, PartnerDeliveryQuerySet
from apps.partners.models.integration import (
    EndpointHealth,
    PartnerIntegration,
    PartnerIntegrationQuerySet,
    PartnerSku,
)
from apps.partners.models.reference import PartnerMessage, PartnerOrderReference, PartnerOrderReferenceQuerySet

__all__ = [
    "DeliveryAttempt",
    "EndpointHealth",
    "PartnerDelivery",
    "PartnerDeliveryQuerySet",
    "PartnerIntegration",
    "PartnerIntegrationQuerySet",
    "PartnerMessage",
    "PartnerOrderReference",
    "PartnerOrderReferenceQuerySet",
    "PartnerSku",
]
