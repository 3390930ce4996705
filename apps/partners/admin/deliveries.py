import json

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action, display

from apps.core import clock
from apps.core.admin import ActionButton, LocalDaysFilter, ReadOnlyAdmin, RowsInline, admin_link, tone_chip
from apps.core.transactions import retrying
from apps.partners import services
from apps.partners.admin.acts import sent_again
from apps.partners.admin.integrations import pretty
from apps.partners.admin.tryout import INTEGRATIONS
from apps.partners.choices import UNSETTLED, DeliveryState
from apps.partners.forms import SkipForm
from apps.partners.models import DeliveryAttempt, PartnerDelivery, PartnerDeliveryQuerySet
from apps.partners.pages import TONES
from apps.partners.words import failure_in_words

MAY_DECIDE = (INTEGRATIONS, "operations.planning", "sales.orders")


def left_alone(count: int) -> str:
    return ngettext(
        "%(count)s message was left alone: it did not fail, it is being sent, or nothing is sent to its partner now.",
        "%(count)s messages were left alone: they did not fail, are being sent, or nothing is sent to their partner now.",
        count,
    ) % {"count": count}


class AttemptInline(RowsInline):
    """Every call that was made for a message, the latest first, in words that need no codes."""

    model = DeliveryAttempt
    fields = ["number", "started_at", "answer", "elapsed_ms", "what_happened", "response_excerpt"]
    readonly_fields = ["answer", "what_happened"]
    ordering = ["-started_at"]
    show_change_link = False

    @display(description=_("status"))
    def answer(self, attempt: DeliveryAttempt) -> SafeString:
        status = str(attempt.response_status) if attempt.response_status else _("no answer")
        return tone_chip(status, "success" if attempt.ok else "danger")

    @display(description=_("what happened"))
    def what_happened(self, attempt: DeliveryAttempt) -> str:
        return failure_in_words(attempt.error_code, attempt.error_detail) or str(_("It arrived."))


@admin.register(PartnerDelivery)
class PartnerDeliveryAdmin(ReadOnlyAdmin):
    """What partners were told of their orders, and every attempt; what did not arrive is sent again or skipped here."""

    class Media:
        css = {"all": ["partners/partners.css"]}

    empty_list = _("No partner has been told anything yet. A step of an order of a partner brings a delivery.")
    list_display = [
        "queued_at", "told", "partner_order", "status", "standing", "then", "problem_in_short",
    ]  # fmt: skip
    list_select_related = ["integration", "reference"]
    list_filter = ["state", "integration", "channel", ("queued_at", LocalDaysFilter), "status"]
    actions = ["resend_selected"]
    search_fields = ["=reference__partner_order_id", "=reference__order__order_number"]
    ordering = ["-queued_at", "-sequence"]
    inlines = [AttemptInline]
    fields = [
        "order_link", "integration", "channel", "event_type", "sequence", "status", "standing", "webhook_id", "queued_at",
        "delivered_at", "attempts", "next_attempt_at", "lease_until", "problem", "last_error_code", "last_error", "settled_by",
        "settled_reason", "message",
    ]  # fmt: skip
    buttons = [
        ActionButton(
            services.resend_delivery,
            _("Resend"),
            subject="delivery",
            permission=MAY_DECIDE,
            offered=lambda delivery: delivery.state == DeliveryState.PARKED,
            variant="primary",
        ),
        ActionButton(
            services.resend_delivered,
            _("Send again"),
            subject="delivery",
            confirm=_(
                "The partner gets this message once more, and the later ones of its order after it, so that it ends right."
            ),
            permission=INTEGRATIONS,
            offered=lambda delivery: delivery.state == DeliveryState.DONE,
            done=sent_again,
        ),
        ActionButton(
            services.skip_delivery,
            _("Skip"),
            subject="delivery",
            form=SkipForm,
            permission=MAY_DECIDE,
            offered=lambda delivery: delivery.state in UNSETTLED,
            variant="danger",
        ),
    ]

    def lookup_allowed(self, lookup: str, value: str, request: object = None) -> bool:
        # An order's page links to its own deliveries, the home page of a company to that company's.
        linked = (
            "reference__order__id__exact",
            "reference__order__is_test__exact",
            "integration__business_entity__id__exact",
        )
        return lookup in linked or super().lookup_allowed(lookup, value, request)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_scope(*MAY_DECIDE))

    @action(description=_("Resend what failed of these"), permissions=["decide"])
    def resend_selected(self, request: HttpRequest, queryset: PartnerDeliveryQuerySet) -> None:
        result = retrying(lambda: services.resend_selected(rows=queryset, by=request.user))
        if result.count:
            messages.success(request, sent_again(result.count))
        if result.left:
            messages.warning(request, left_alone(result.left))

    @display(description=_("integration"), ordering="integration", header=True)
    def told(self, delivery: PartnerDelivery) -> tuple[str, str]:
        return str(delivery.integration), delivery.get_channel_display()

    @display(description=_("delivered or due"), ordering="next_attempt_at")
    def then(self, delivery: PartnerDelivery) -> str:
        """Nothing, where the message was skipped or parked."""
        moment = delivery.delivered_at or (delivery.next_attempt_at if delivery.state == DeliveryState.TODO else None)
        return date_format(clock.local(moment), "SHORT_DATETIME_FORMAT") if moment else "–"

    @display(description=_("partner's order"), ordering="reference__partner_order_id")
    def partner_order(self, delivery: PartnerDelivery) -> str:
        return delivery.reference.partner_order_id

    @display(description=_("order"))
    def order_link(self, delivery: PartnerDelivery) -> SafeString | str:
        return admin_link(delivery.reference.order)

    @display(description=_("state"), ordering="state")
    def standing(self, delivery: PartnerDelivery) -> SafeString:
        return tone_chip(delivery.get_state_display(), TONES[DeliveryState(delivery.state)])

    @display(description=_("what went wrong"))
    def problem(self, delivery: PartnerDelivery) -> str:
        return failure_in_words(delivery.last_error_code, delivery.last_error) or "–"

    @display(description=_("what went wrong"))
    def problem_in_short(self, delivery: PartnerDelivery) -> SafeString:
        words = self.problem(delivery)
        return format_html('<span class="cc-clip" title="{}">{}</span>', words, words)

    @display(description=_("message"))
    def message(self, delivery: PartnerDelivery) -> SafeString:
        return pretty(json.loads(delivery.body))
