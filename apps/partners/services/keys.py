"""A partner's keys to our API."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey, User
from apps.accounts.services import create_api_key
from apps.core.errors import Refused
from apps.organizations.models import Membership, Organization
from apps.partners.models import PartnerIntegration


@transaction.atomic
def make_partner_key(
    *, integration: PartnerIntegration, name: str, live: bool, expires_at: datetime | None, by: User | None
) -> tuple[ApiKey, str]:
    """Make a key with which a partner reaches its own doors, and give its text, to be shown once.

    Raises:
        Refused: the partner has no short name for its address, has two keys of the kind, or the end lies in the past.
    """
    user = _service_user(integration.partner_organization)
    return create_api_key(user=user, name=name, live=live, scopes=[Scope.API_ACCESS], expires_at=expires_at, by=by)


def _service_user(partner: Organization) -> User:
    """The user as whom the partner's system acts; made where there is none."""
    if not partner.slug:
        raise Refused(
            _("This partner has no short name yet; it stands in the address that it calls."), code="partner_without_slug"
        )
    known = User.objects.filter(is_service=True, is_active=True, memberships__organization=partner).order_by("created_at").first()
    if known is not None:
        return known
    user = User.objects.create_user(f"api.{partner.slug}@partners.invalid", None, is_service=True, first_name=partner.name[:100])
    Membership.objects.create(user=user, organization=partner)
    return user
