"""What the outbox holds, and what of it failed."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from apps.core import jobs
from apps.core.admin import ActionButton, ReadOnlyAdmin, RowsInline, WholeGroupPage, admin_link, tone_chip
from apps.core.errors import Text
from apps.core.records import entity_types, model_of
from apps.events import services
from apps.events.choices import DeliveryState
from apps.events.events import event_class, event_in_words
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
        return [(name, str(jobs.in_words(name))) for name in subscriptions.names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[EventDelivery]) -> QuerySet[EventDelivery]:
        return queryset.filter(subscriber=self.value()) if self.value() else queryset


class NameFilter(admin.SimpleListFilter):
    """Events of one name, of those that somebody listens to."""

    title = _("event")
    parameter_name = "event"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        return [(name, str(event_in_words(name))) for name in subscriptions.event_names()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[OutboxEvent]) -> QuerySet[OutboxEvent]:
        return queryset.filter(name=self.value()) if self.value() else queryset


class DeliveriesInline(RowsInline):
    model = EventDelivery
    fields = readonly_fields = ["told", "chip", "attempts", "next_attempt_at", "last_error", "done_at"]

    @admin.display(description=_("subscriber"))
    def told(self, delivery: EventDelivery) -> Text:
        return jobs.in_words(delivery.subscriber)

    @admin.display(description=_("state"))
    def chip(self, delivery: EventDelivery) -> SafeString:
        return state_chip(delivery)


@admin.register(OutboxEvent)
class OutboxEventAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["occurred_at", "what", "about", "actor"]
    fields = ["what", "about", "occurred_at", "actor", "request_id", "payload"]
    readonly_fields = ["what", "about", "actor"]
    list_filter = [NameFilter]
    search_fields = ["=request_id", "name"]
    ordering = ["-occurred_at", "id"]
    paginator = InfinitePaginator
    inlines = [DeliveriesInline]

    def heading(self, record: OutboxEvent) -> Text:
        return event_in_words(record.name)

    @admin.display(description=_("event"), ordering="name")
    def what(self, event: OutboxEvent) -> Text:
        return event_in_words(event.name)

    @admin.display(description=_("about"))
    def about(self, event: OutboxEvent) -> SafeString | str:
        known = event_class(event.name)
        subject = known.from_payload(event.payload).subject() if known else None
        if subject is None or subject.entity_type not in entity_types():
            return "–"
        model = model_of(subject.entity_type)
        return admin_link(model(pk=subject.entity_id), capfirst(str(model._meta.verbose_name)))

    @admin.display(description=_("actor"), ordering="actor_label")
    def actor(self, event: OutboxEvent) -> Text:
        return jobs.in_words(event.actor_label)


@admin.register(EventDelivery)
class EventDeliveryAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["created_at", "what", "told", "chip", "attempts", "next_attempt_at", "last_error"]
    fields = [
        "what", "told", "chip", "attempts", "next_attempt_at", "last_error", "done_at", "retried_by", "retried_at",
    ]  # fmt: skip
    readonly_fields = ["what", "told", "chip"]
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

    def heading(self, record: EventDelivery) -> Text:
        return jobs.in_words(record.subscriber)

    @admin.display(description=_("event"), ordering="event__name")
    def what(self, delivery: EventDelivery) -> SafeString:
        url = reverse("admin:events_outboxevent_change", args=[delivery.event_id])
        return format_html('<a class="cc-link" href="{}">{}</a>', url, event_in_words(delivery.event.name))

    @admin.display(description=_("subscriber"), ordering="subscriber")
    def told(self, delivery: EventDelivery) -> Text:
        return jobs.in_words(delivery.subscriber)

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
