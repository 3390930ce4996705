"""What an integration still needs before it can go live, and where each of it is put right."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import ApiKey
from apps.audit.models import AuditLog
from apps.core.errors import Text
from apps.partners import health
from apps.partners.admin.tryout import REQUIRED
from apps.partners.choices import DeliveryChannel
from apps.partners.models import PartnerIntegration

NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Step:
    """One thing that must be in order, what there is to say of it, and the page where it is put right."""

    label: Text
    is_done: bool
    detail: Text = ""
    url: str = ""


def steps_of(integration: PartnerIntegration, keys: Sequence[ApiKey], test: AuditLog | None) -> list[Step]:
    """The way from a new integration to one that works, in the order in which it is gone."""
    settings, attempt = _page(integration, "settings"), _page(integration, "try")
    steps = [
        _address(integration),
        _mapping(integration, settings),
        _articles(integration, f"{settings}#skus"),
        _keys(keys, _page(integration, "button", "new-key")),
        _first_order(integration, attempt),
    ]
    if DeliveryChannel.API not in integration.channels:
        steps += [
            _webhook(integration, settings),
            _test(integration, test, _page(integration, "button", "test-message")),
        ]
    return [*steps, _live(integration)]


def _page(integration: PartnerIntegration, name: str, *more: str) -> str:
    return reverse(f"admin:partners_partnerintegration_{name}", args=[integration.pk, *more])


def _address(integration: PartnerIntegration) -> Step:
    partner = integration.partner_organization
    return Step(
        label=_("The partner has a short name for its address"),
        is_done=bool(partner.slug),
        detail=f"/api/v1/partners/{partner.slug}/orders" if partner.slug else "",
        url=reverse("admin:organizations_organization_change", args=[partner.pk]),
    )


def _mapping(integration: PartnerIntegration, url: str) -> Step:
    mapping = integration.custom_field_mapping
    missing = [target for target in REQUIRED if mapping and target not in mapping]
    detail = _("Without a mapping the partner sends our own shape.") if not mapping else ", ".join(missing)
    return Step(label=_("The mapping fills what an order needs"), is_done=not missing, detail=detail, url=url)


def _articles(integration: PartnerIntegration, url: str) -> Step:
    unknown, count = health.unknown_skus(integration), integration.skus.count()
    if unknown:
        detail = _("Unknown: %(skus)s") % {"skus": ", ".join(unknown[:NAMED])}
    else:
        detail = ngettext("%(count)s article number", "%(count)s article numbers", count) % {"count": count}
    is_done = count > 0 and not unknown
    return Step(label=_("The partner's article numbers stand for articles of ours"), is_done=is_done, detail=detail, url=url)


def _keys(keys: Sequence[ApiKey], url: str) -> Step:
    kinds = {key.prefix for key in keys}
    return Step(label=_("The partner has a key"), is_done=bool(keys), detail=", ".join(sorted(kinds)), url=url)


def _first_order(integration: PartnerIntegration, url: str) -> Step:
    is_done = bool(health.latest_orders(integration, most=1))
    return Step(label=_("A first order came in, if only a test"), is_done=is_done, url=url)


def _webhook(integration: PartnerIntegration, url: str) -> Step:
    is_done = DeliveryChannel.WEBHOOK in integration.channels
    return Step(label=_("Statuses have an address to go to"), is_done=is_done, detail=integration.webhook_url, url=url)


def _test(integration: PartnerIntegration, test: AuditLog | None, url: str) -> Step:
    said = (test.context or {}) if test is not None else {}
    is_done = said.get("url") == integration.webhook_url and not said.get("error_code", "none")
    return Step(label=_("A test message arrived at that address"), is_done=is_done, url=url)


def _live(integration: PartnerIntegration) -> Step:
    is_done = integration.is_active and not integration.test_mode
    detail = _("test mode is on") if integration.is_active and integration.test_mode else ""
    url = _page(integration, "settings")
    return Step(label=_("It is switched on for real orders"), is_done=is_done, detail=detail, url=url)
