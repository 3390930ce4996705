"""Pausing an integration, whole or outward alone, and letting it go on. What its orders go through meanwhile is queued."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.partners.doorbell import doorbell
from apps.partners.models import PartnerIntegration


@transaction.atomic
def pause_integration(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Take in no orders and send nothing. What is to be told waits."""
    locked = _locked(integration)
    locked.is_active = False
    locked.save()
    return locked


@transaction.atomic
def resume_integration(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Take in orders again, or for the first time, and send what waited.

    Raises:
        Refused: another integration takes in this partner's orders.
    """
    locked = _locked(integration)
    others = PartnerIntegration.objects.filter(
        partner_organization=locked.partner_organization_id, is_active=True, takes_orders=True
    ).exclude(pk=locked.pk)
    if locked.takes_orders and others.exists():
        raise Refused(_("Another active integration already takes in this partner's orders."), code="another_takes_orders")
    locked.is_active = True
    locked.save()
    doorbell.ring_after_commit()
    return locked


@transaction.atomic
def pause_sending(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Send no statuses; orders still come in. What is to be told waits."""
    locked = _locked(integration)
    locked.sync_enabled = False
    locked.save()
    return locked


@transaction.atomic
def resume_sending(*, integration: PartnerIntegration, by: User | None) -> PartnerIntegration:
    """Send statuses again, those that waited first."""
    locked = _locked(integration)
    locked.sync_enabled = True
    locked.save()
    doorbell.ring_after_commit()
    return locked


def _locked(integration: PartnerIntegration) -> PartnerIntegration:
    return PartnerIntegration.objects.select_for_update(of=("self",)).get(pk=integration.pk)
