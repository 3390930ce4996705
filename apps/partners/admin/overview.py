"""The page of an integration: how it is doing, what it still needs, what can be done. Its settings are a page of their own."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.admin import admin_link, entity_chip, how_long, tone_chip
from apps.core.contributions import Tile
from apps.core.errors import Text
from apps.core.scope import sees_the_whole_group
from apps.partners import health
from apps.partners.admin import samples
from apps.partners.admin.onboarding import steps_of
from apps.partners.admin.tryout import INTEGRATIONS
from apps.partners.choices import DeliveryState, IntegrationState
from apps.partners.models import PartnerIntegration
from apps.partners.pages import TONES
from apps.partners.words import failure_in_words

STATE_TONES = {
    IntegrationState.DRAFT: "neutral",
    IntegrationState.TESTING: "info",
    IntegrationState.ACTIVE: "success",
    IntegrationState.PAUSED: "neutral",
    IntegrationState.ERROR: "danger",
    IntegrationState.DISABLED: "danger",
}
SECRET_BUTTONS = ("new-key", "new-webhook-secret", "apply-preset")
SOON = 30  # days


class OverviewPage:
    """Puts the overview where a record's page stands; the form is one step further."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.settings_view)
        return [path("<path:object_id>/settings/", view, name="partners_partnerintegration_settings"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.method == "POST":
            return super().change_view(request, object_id, form_url, extra_context)
        integration: PartnerIntegration = self._record(request, object_id)
        may_manage = bool(request.user.has_scope(INTEGRATIONS))
        buttons = {button.slug: button for button in self.permitted_buttons(request, integration)}
        rows = {slug: {"button": button, "url": self.button_url(integration, button)} for slug, button in buttons.items()}
        context = {
            **self.record_context(request, integration, title=str(integration)),
            **page_context(integration, request.user),
            "media": self.media,
            "may_manage": may_manage,
            "record_buttons": [row for slug, row in rows.items() if slug not in SECRET_BUTTONS],
            "other_buttons": [row for slug, row in rows.items() if slug in SECRET_BUTTONS],
        }
        return TemplateResponse(request, "admin/partners/integration.html", context)

    def settings_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The form of the integration, for whoever may change it; to read for others."""
        self._record(request, object_id)
        return super().change_view(request, object_id)

    def response_post_save_change(self, request: HttpRequest, obj: PartnerIntegration) -> HttpResponseRedirect:
        return self._back_to(obj)


def page_context(integration: PartnerIntegration, user: Any) -> dict[str, Any]:
    """All that the page shows, laid out by its templates alone."""
    figures, keys, test = health.figures_of(integration), health.keys_of(integration), health.last_test(integration)
    steps = steps_of(integration, keys, test)
    week = health.week_of(integration)
    return {
        "marks": marks_of(integration),
        "notices": notices_of(integration, figures),
        "tiles": tiles_of(integration, figures),
        "steps": steps,
        "steps_done": sum(step.is_done for step in steps),
        "is_ready": all(step.is_done for step in steps),
        "week": week_rows(week),
        "has_calls": any(any(day.counts.values()) for day in week),
        "deliveries": [delivery_row(delivery) for delivery in health.latest_deliveries(integration)],
        "deliveries_url": list_of("partnerdelivery", integration),
        "refused": refused_rows(integration, user),
        "unread": health.unmapped_fields(integration),
        "keys": [key_row(key) for key in keys],
        "facts": facts_of(integration, test),
    }


def list_of(model: str, integration: PartnerIntegration, **where: str) -> str:
    query = "&".join([f"integration__id__exact={integration.pk}", *(f"{name}={value}" for name, value in where.items())])
    return f"{reverse(f'admin:partners_{model}_changelist')}?{query}"


def marks_of(integration: PartnerIntegration) -> list[SafeString]:
    """The chips beside the name."""
    state = integration.state
    marks = [tone_chip(state.label, STATE_TONES[state]), entity_chip(integration.business_entity)]
    if integration.is_active and not integration.sync_enabled:
        marks.append(tone_chip(_("Sending paused"), "warning"))
    if integration.test_mode:
        marks.append(tone_chip(_("Test mode"), "info"))
    return marks


def notices_of(integration: PartnerIntegration, figures: health.Figures) -> list[Text]:
    """What stands in the way of it now, in whole sentences."""
    said: list[Text] = []
    if not integration.is_active:
        said.append(
            _("It is off: the partner's orders are refused, and its statuses are queued and wait until it is switched on.")
        )
    elif not integration.sync_enabled:
        said.append(_("Sending is paused: statuses are queued and wait until it is resumed. Orders still come in."))
    for endpoint in integration.endpoints.all():
        channel = endpoint.get_channel_display()
        if endpoint.gone_at:
            said.append(
                _("%(channel)s: the endpoint said that it is gone. Nothing is sent there until it is called again.")
                % {"channel": channel}
            )
        elif endpoint.open_until and endpoint.open_until > clock.now():
            said.append(
                _("%(channel)s: %(count)s calls failed in a row. One call a minute tries it; the next one is at %(time)s.")
                % {
                    "channel": channel,
                    "count": endpoint.consecutive_failures,
                    "time": f"{clock.local(endpoint.open_until):%H:%M}",
                }
            )
    if figures.parked:
        said.append(_("Messages are parked: later ones of the same orders wait behind them until they are resent or skipped."))
    return said


def tiles_of(integration: PartnerIntegration, figures: health.Figures) -> list[Tile]:
    """The figures, each a link to the rows that it counts."""
    deliveries, references = list_of("partnerdelivery", integration), list_of("partnerorderreference", integration)
    rate = figures.success_rate
    late = integration.last_sync_at
    return [
        Tile(
            title=_("calls succeeded in 24 hours"),
            value="–" if rate is None else f"{rate:.0f}%",
            url=deliveries,
            tone="neutral" if rate is None else "success" if rate >= 95 else "warning" if rate >= 50 else "danger",
        ),
        Tile(title=_("since the last delivery"), value=how_long(late) or "–", url=deliveries, tone="neutral"),
        Tile(
            title=_("failed calls in 24 hours"),
            value=figures.failed,
            url=deliveries,
            tone="warning" if figures.failed else "success",
        ),
        Tile(title=_("orders today"), value=figures.orders_today, url=references),
        Tile(title=_("orders in 7 days"), value=figures.orders_of_week, url=references),
        Tile(
            title=_("messages waiting"),
            value=figures.waiting,
            url=list_of("partnerdelivery", integration, state__exact=DeliveryState.TODO),
            tone="neutral",
        ),
        Tile(
            title=_("messages parked"),
            value=figures.parked,
            url=list_of("partnerdelivery", integration, state__exact=DeliveryState.PARKED),
            tone="danger" if figures.parked else "success",
        ),
    ]


def week_rows(week: Sequence[health.Day]) -> list[dict[str, Any]]:
    """Today first; the bars of both directions are parts of the busiest day's, so that days can be compared."""
    busiest = max(day.counts[f"{way}_ok"] + day.counts[f"{way}_failed"] for day in week for way in ("in", "out"))
    return [
        {
            "day": day.day,
            **day.counts,
            **{f"{name}_share": round(100 * count / busiest) if busiest else 0 for name, count in day.counts.items()},
        }
        for day in reversed(week)
    ]


def delivery_row(delivery: Any) -> dict[str, Any]:
    state = DeliveryState(delivery.state)
    is_well = state in (DeliveryState.DONE, DeliveryState.SKIPPED)
    return {
        "link": admin_link(delivery, moment(delivery.queued_at)),
        "order": delivery.reference.partner_order_id,
        "status": delivery.status,
        "channel": delivery.get_channel_display(),
        "state": tone_chip(state.label, TONES[state]),
        "attempts": delivery.attempts,
        "error": "" if is_well else failure_in_words(delivery.last_error_code, delivery.last_error),
    }


def refused_rows(integration: PartnerIntegration, user: Any) -> list[dict[str, Any]]:
    """The refused calls; what one carried is opened by whoever may see such rows, tried by whoever manages integrations."""
    calls = health.refused_calls(integration)
    may_read = user.has_perm("gateway.view_rawinbound")
    kept = {row.request_id: row for row in samples.raw_of(calls).defer("body")} if may_read else {}
    may_open = may_read and sees_the_whole_group(user)
    return [
        {
            "at": moment(call.occurred_at),
            "status": call.response_status,
            "code": call.error_code,
            "words": call.error_message,
            "link": admin_link(kept[call.request_id], _("open")) if may_open and call.request_id in kept else "",
            "raw_id": kept[call.request_id].pk if call.request_id in kept else "",
        }
        for call in calls
    ]


def key_row(key: Any) -> dict[str, Any]:
    days_left = (key.expires_at - clock.now()).days if key.expires_at else None
    return {
        "link": admin_link(key, key.name),
        "hint": key.hint,
        "kind": tone_chip(_("live"), "success") if key.is_live else tone_chip(_("test"), "info"),
        "used": moment(key.last_used_at) if key.last_used_at else _("never used"),
        "expires": moment(key.expires_at) if key.expires_at else _("does not expire"),
        "ends_soon": days_left is not None and days_left < SOON,
    }


def facts_of(integration: PartnerIntegration, test: Any) -> list[tuple[Text, Any]]:
    known: list[tuple[Text, Any]] = [
        (_("Partner"), admin_link(integration.partner_organization)),
        (_("Type"), integration.get_integration_type_display()),
        (_("Told by"), ", ".join(str(channel.label) for channel in integration.channels) or _("nothing")),
        (_("How often"), integration.get_sync_frequency_display()),
        (_("Webhook address"), integration.webhook_url),
        (_("Partner's API"), integration.api_base_url),
        (_("Requests a minute"), integration.requests_per_minute),
    ]
    if integration.last_sync_at:
        known.append((_("Last delivery"), moment(integration.last_sync_at)))
    if integration.last_error_at:
        code, _space, detail = integration.last_error_message.partition(" ")
        known.append((_("Last error"), f"{moment(integration.last_error_at)}: {failure_in_words(code, detail)}"))
    if test is not None:
        said = failure_in_words((test.context or {}).get("error_code", "")) or _("It arrived.")
        known.append((_("Last test message"), f"{moment(test.created_at)}: {said}"))
    return [(label, value) for label, value in known if value]


def moment(at: Any) -> str:
    return date_format(clock.local(at), "SHORT_DATETIME_FORMAT")
