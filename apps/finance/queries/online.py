from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Sum

from apps.finance.models import ProviderMovement
from apps.organizations.models import BusinessEntity


@dataclass(frozen=True, kw_only=True)
class Payout:
    """What a provider says that it pays out together: so many movements, of so much in EUR."""

    reference: str
    count: int
    gross: Decimal


def expected_payouts(business_entity: BusinessEntity) -> list[Payout]:
    """Payouts of which the provider told and the bank did not, by the reference that it gave each of their payments."""
    waiting = ProviderMovement.objects.filter(business_entity=business_entity, settlement=None).exclude(settlement_reference="")
    groups = (
        waiting.values("settlement_reference").annotate(count=Count("id"), gross=Sum("amount")).order_by("settlement_reference")
    )
    return [Payout(reference=each["settlement_reference"], count=each["count"], gross=each["gross"]) for each in groups]
