from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_celery_beat.models import ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule
from unfold.decorators import action
from unfold.paginator import InfinitePaginator

from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, RowsInline, WholeGroupPage, tone_chip
from apps.core.clock import local
from apps.events import services
from apps.events.choices import DeliveryState
from apps.events.models import EventDelivery, OutboxEvent, ScheduledRun
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


@admin.register(ScheduledRun)
class ScheduledRunAdmin(ReadOnlyAdmin):
    shared_because = "the clock is one for all companies, and a run names its job alone"
    list_display = ["job", "slot", "created_at"]
    list_filter = ["job"]
    search_fields = ["job", "slot"]
    ordering = ["-created_at"]


# The library's own pages carry an inline script, which our policy refuses, and offer arguments that no job of ours takes.
for each in (ClockedSchedule, CrontabSchedule, IntervalSchedule, PeriodicTask, SolarSchedule):
    admin.site.unregister(each)


class PeriodicTaskForm(forms.ModelForm):
    class Meta:
        model = PeriodicTask
        fields = ("interval", "crontab", "enabled")
        labels = {"interval": _("every"), "crontab": _("at fixed times"), "enabled": _("switched on")}
        help_texts = {"interval": "", "crontab": _("Instead of an interval.")}


@admin.register(PeriodicTask)
class PeriodicTaskAdmin(BaseAdmin):
    """When the clock's jobs run. Staff change how often, and switch one off; which jobs there are is code."""

    shared_because = "the clock is one for all companies"
    form = PeriodicTaskForm
    list_display = ["job", "rhythm", "is_on", "last_run"]
    list_select_related = ["interval", "crontab"]
    search_fields = ["name", "task"]
    ordering = ["name"]
    fields = ["job", "interval", "crontab", "enabled", "last_run"]
    readonly_fields = ["job", "last_run"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description=_("job"), ordering="name")
    def job(self, task: PeriodicTask) -> str:
        return str(task.name)

    @admin.display(description=_("schedule"))
    def rhythm(self, task: PeriodicTask) -> str:
        return str(task.schedule)

    @admin.display(description=_("switched on"), boolean=True, ordering="enabled")
    def is_on(self, task: PeriodicTask) -> bool:
        return bool(task.enabled)

    @admin.display(description=_("last run"), ordering="last_run_at")
    def last_run(self, task: PeriodicTask) -> str:
        return date_format(local(task.last_run_at), "SHORT_DATETIME_FORMAT") if task.last_run_at else ""


@admin.register(IntervalSchedule, CrontabSchedule)
class RhythmAdmin(BaseAdmin):
    """The rhythms that a job can have; reached from a job's page."""

    shared_because = "the clock is one for all companies"

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False
