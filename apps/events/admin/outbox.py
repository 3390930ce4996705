"""What the outbox holds, and what of it failed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from apps.core.admin import ActionButton, ReadOnlyAdmin, RowsInline, WholeGroupPage, tone_chip
from apps.events import services
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery, OutboxEvent
from apps.events.subscriptions import subscriptions

TONES = {DeliveryState.TODO: "info", DeliveryState.DONE: "success", DeliveryState.PARKED: "danger"}


def state_chip(delivery: EventDelivery) -> SafeString:
    """A delivery's state; one that failed and will be tried again is no longer merely on its way."""
    troubled = delivery.state == DeliveryState.TODO and delivery.last_error
    tone = "warning" if troubled else TONES[DeliveryState(delivery.state)]
    return tone_chip(delivery.get_state_display(), tone)


class SubscriberFilter(admin.SimpleListFilter):
    """Deliveries to one subscriber."""

    title = _("subscriber")
    parameter_name = "subscriber"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name) for name in subscriptions.names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventDelivery]) -> QuerySet[EventDelivery]:
        return queryset.filter(subscriber=self.value()) if self.value() else queryset


class NameFilter(admin.SimpleListFilter):
    """Events of one name, of those that somebody listens to."""

    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, name) for name in subscriptions.event_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        return queryset.filter(name=self.value()) if self.value() else queryset


class DeliveriesInline(RowsInline):
    model = EventDelivery
    fields = readonly_fields = ["subscriber", "chip", "attempts", "next_attempt_at", "last_error", "done_at"]

    @admin.display(description=_("state"))
    def chip(self, delivery: EventDelivery) -> SafeString:
        return state_chip(delivery)


@admin.register(OutboxEvent)
class OutboxEventAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["occurred_at", "name", "actor_label", "payload"]
    list_filter = [NameFilter]
    search_fields = ["=request_id", "name"]
    ordering = ["-occurred_at", "id"]
    paginator = InfinitePaginator
    inlines = [DeliveriesInline]


@admin.register(EventDelivery)
class EventDeliveryAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["created_at", "event", "subscriber", "chip", "attempts", "next_attempt_at", "last_error"]
    list_filter = ["state", SubscriberFilter]
    list_select_related = ["event"]
    search_fields = ["event__name", "subscriber", "last_error"]
    ordering = ["-created_at", "id"]
    paginator = InfinitePaginator
    actions = ["try_again_selected"]
    buttons = [
        ActionButton(
            services.try_again,
            _("Try again"),
            subject="delivery",
            offered=lambda delivery: delivery.state == DeliveryState.PARKED,
            done=_("It is on its way again."),
            icon="replay",
        )
    ]

    @admin.display(description=_("state"), ordering="state")
    def chip(self, delivery: EventDelivery) -> SafeString:
        return state_chip(delivery)

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("events.change_eventdelivery")

    @action(description=_("Try again"), permissions=["retry"], icon="replay")
    def try_again_selected(self, request: HttpRequest, deliveries: QuerySet[EventDelivery]) -> None:
        count = services.try_again_all(deliveries=deliveries, by=request.user)
        text = ngettext("%(count)d delivery is on its way again.", "%(count)d deliveries are on their way again.", count)
        messages.success(request, text % {"count": count})
