"""What staff and the clockwork do with an integration."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core import clock
from apps.core.errors import Refused
from apps.core.money import round_cents
from apps.partners import queries
from apps.partners.doorbell import doorbell
from apps.partners.models import EndpointHealth, PartnerIntegration, PartnerSku
from apps.partners.presets import PRESETS
from apps.partners.signing import new_webhook_secret

OVERLAP = timedelta(hours=24)
HEALTH_WINDOW = timedelta(hours=24)


@transaction.atomic
def save_integration(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Store an integration whose fields were checked; one without a webhook secret gets one.

    Raises:
        Refused: it is to send statuses and has nowhere to send them.
    """
    if not integration.webhook_secret:
        integration.webhook_secret = new_webhook_secret()
    integration.save()
    return integration


@transaction.atomic
def apply_preset(*, integration: PartnerIntegration, preset: str, by: User | None) -> PartnerIntegration:
    """Give an integration the dialect of a partner that we know: its mapping, its words, its article numbers.

    Article numbers that it has already stay as they are.

    Raises:
        Refused: there is no such preset.
    """
    if preset not in PRESETS:
        raise Refused(_("There is no such preset."), code="unknown_preset")
    chosen = PRESETS[preset]
    integration = PartnerIntegration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    integration.partner_order_id_field = chosen.partner_order_id_field
    integration.custom_field_mapping = dict(chosen.field_mapping)
    integration.status_mapping = chosen.status_mapping
    integration.integration_type = chosen.integration_type
    integration.api_version = chosen.api_version
    integration.partner_specific_config = {**integration.partner_specific_config, **chosen.partner_specific_config}
    integration.save()
    known = set(integration.skus.values_list("partner_sku", flat=True))
    articles = {article.article_number: article for article in Article.objects.filter(article_number__in=chosen.skus.values())}
    for sku, article_number in chosen.skus.items():
        if sku not in known and article_number in articles:
            PartnerSku.objects.create(integration=integration, partner_sku=sku, article=articles[article_number])
    return integration


@transaction.atomic
def refresh_webhook_secret(*, integration: PartnerIntegration, by: User | None) -> str:
    """Replace the webhook secret and give the new one, to be shown once. For a day both sign."""
    integration = PartnerIntegration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
    integration.previous_webhook_secret = integration.webhook_secret
    integration.previous_secret_until = clock.now() + OVERLAP
    integration.webhook_secret = new_webhook_secret()
    integration.save()
    return integration.webhook_secret


@transaction.atomic
def reopen_endpoint(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Call the endpoints again that said they were gone, or that are left alone for a while."""
    EndpointHealth.objects.filter(integration=integration).update(gone_at=None, open_until=None, consecutive_failures=0)
    doorbell.ring_after_commit()
    return integration


def refresh_health() -> None:
    """Write down for every integration how its calls of the last day went; what did not change is not written."""
    for integration in PartnerIntegration.objects.exclude(webhook_url="", api_base_url=""):
        _refresh_health_of(integration)


@transaction.atomic
def _refresh_health_of(integration: PartnerIntegration) -> None:
    calls = queries.attempts_since(integration, clock.now() - HEALTH_WINDOW)
    made, failed = calls["made"], calls["failed"]
    failure = queries.last_failure(integration)
    told = {
        "last_sync_at": queries.last_delivered_at(integration),
        "success_rate": round_cents(Decimal(100 * (made - failed)) / made) if made else None,
        "error_count": failed,
        "last_error_at": failure.started_at if failure else None,
        "last_error_message": f"{failure.error_code} {failure.error_detail}".strip()[:500] if failure else "",
    }
    if any(getattr(integration, name) != value for name, value in told.items()):
        PartnerIntegration.objects.filter(pk=integration.pk).update(**told)
