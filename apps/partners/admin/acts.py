"""What can be done with an integration from its page."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from apps.core.admin import ActionButton
from apps.partners import queries, services
from apps.partners.admin.tryout import INTEGRATIONS
from apps.partners.forms import KeyForm, PresetForm
from apps.partners.models import PartnerIntegration


def is_shut(integration: PartnerIntegration) -> bool:
    return any(endpoint.gone_at or endpoint.open_until for endpoint in integration.endpoints.all())


def act(service: Any, label: Any, **options: Any) -> ActionButton:
    """A button for whoever manages integrations."""
    return ActionButton(service, label, subject="integration", permission=INTEGRATIONS, **options)


def sent_again(count: int) -> str:
    return ngettext("%(count)s message is sent again.", "%(count)s messages are sent again.", count) % {"count": count}


BUTTONS = [
    act(
        services.reopen_endpoint,
        _("Call the endpoint again"),
        offered=is_shut,
        variant="primary",
        icon="restart_alt",
        done=_("It is called again, from now on."),
    ),
    act(
        services.resume_integration,
        _("Switch on"),
        confirm=_("Orders of this partner are taken in, and the statuses that waited are sent at once, in their order."),
        offered=lambda integration: not integration.is_active,
        variant="primary",
        icon="play_arrow",
        done=_("It is on: orders are taken in, and what waited is sent."),
    ),
    act(
        services.resume_sending,
        _("Resume sending"),
        confirm=_("The statuses that waited are sent at once, in their order."),
        offered=lambda integration: integration.is_active and not integration.sync_enabled,
        variant="primary",
        icon="play_arrow",
        done=_("Statuses are sent again, those that waited first."),
    ),
    act(
        services.send_test_message,
        _("Send a test message"),
        name="test-message",
        confirm=_("A signed message about no order is sent to the webhook address now, and you see what comes of it."),
        offered=lambda integration: bool(integration.webhook_url),
        shows="admin/partners/test_message.html",
        icon="send",
    ),
    act(
        services.resend_parked,
        _("Resend all parked"),
        confirm=_("Every parked message is sent again."),
        offered=lambda integration: queries.parked_count(integration) > 0,
        icon="replay",
        done=sent_again,
    ),
    act(
        services.pause_sending,
        _("Pause sending"),
        confirm=_("Orders still come in. Statuses are queued and wait until sending is resumed: nothing is lost."),
        offered=lambda integration: integration.is_active and integration.sync_enabled,
        icon="pause",
        done=_("Sending is paused; what happens meanwhile waits."),
    ),
    act(
        services.pause_integration,
        _("Pause all"),
        confirm=_(
            "The partner's orders are refused with integration_not_active until you switch it on again; it has to send those "
            "again itself. Statuses are queued and wait: nothing of those is lost."
        ),
        offered=lambda integration: integration.is_active,
        variant="danger",
        icon="pause_circle",
        done=_("It is paused: orders are refused, statuses wait."),
    ),
    act(
        services.make_partner_key,
        _("New API key"),
        name="new-key",
        form=KeyForm,
        shows="admin/partners/key_made.html",
        icon="key",
    ),
    act(
        services.refresh_webhook_secret,
        _("New webhook secret"),
        name="new-webhook-secret",
        confirm=_("For a day both secrets sign. The new one is shown once."),
        shows="admin/partners/secret_made.html",
        icon="lock_reset",
    ),
    act(services.apply_preset, _("Apply a preset"), form=PresetForm, icon="library_add", done=_("The preset is applied.")),
]
