from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core import jobs
from apps.core.admin import ReadOnlyAdmin, WholeGroupPage, tone_chip
from apps.core.errors import Text
from apps.gateway.models import ApiUsageLog, IdempotencyRecord, InboundHook, RawInbound


def answer_chip(status: int | None) -> SafeString:
    """An answer's status in its tone; none came when there is no status."""
    if status is None:
        return tone_chip(_("no answer"), "danger")
    return tone_chip(str(status), "success" if status < 400 else "warning" if status < 500 else "danger")


class OutcomeFilter(admin.SimpleListFilter):
    """How calls ended, by family of statuses."""

    title = _("outcome")
    parameter_name = "outcome"
    ranges = {"accepted": (100, 399), "refused": (400, 499), "failed": (500, 599)}

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, object]]:
        return [
            ("accepted", _("accepted")),
            ("refused", _("refused")),
            ("failed", _("failed")),
            ("unanswered", _("no answer")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "unanswered":
            return queryset.filter(response_status__isnull=True)
        if self.value() in self.ranges:
            return queryset.filter(response_status__range=self.ranges[self.value()])
        return queryset


@admin.register(ApiUsageLog)
class ApiUsageLogAdmin(WholeGroupPage, ReadOnlyAdmin):
    empty_list = _("No call has come in or gone out yet.")
    list_display = [
        "occurred_at", "direction", "method", "endpoint", "answer", "response_time_ms",
        "integration", "caller", "error_code",
    ]  # fmt: skip
    list_filter = ["occurred_at", "direction", OutcomeFilter, "rate_limit_exceeded", "replayed", "integration"]
    search_fields = ["=request_id", "endpoint", "integration", "actor_label", "error_code"]
    ordering = ["-occurred_at"]
    fields = [
        "occurred_at", "direction", "integration", "organization_label", "caller", "method", "endpoint", "answer",
        "response_time_ms", "request_size_bytes", "response_size_bytes", "ip_address", "user_agent", "request_id",
        "rate_limit_exceeded", "replayed", "error_code", "error_message",
    ]  # fmt: skip
    readonly_fields = ["caller", "answer"]

    @admin.display(description=_("caller"), ordering="actor_label")
    def caller(self, call: ApiUsageLog) -> Text:
        return jobs.in_words(call.actor_label)

    @admin.display(description=_("answer"), ordering="response_status")
    def answer(self, call: ApiUsageLog) -> SafeString:
        return answer_chip(call.response_status)


@admin.register(RawInbound)
class RawInboundAdmin(WholeGroupPage, ReadOnlyAdmin):
    empty_list = _("No message has been refused.")
    list_display = ["received_at", "method", "endpoint", "answer", "error_code", "request_id"]
    list_filter = ["received_at", "response_status"]
    search_fields = ["=request_id", "endpoint", "error_code"]
    ordering = ["-received_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset = super().get_queryset(request)
        is_list = request.resolver_match is not None and str(request.resolver_match.url_name).endswith("changelist")
        return queryset.defer("body") if is_list else queryset

    @admin.display(description=_("answer"), ordering="response_status")
    def answer(self, refused: RawInbound) -> SafeString:
        return answer_chip(refused.response_status)


@admin.register(InboundHook)
class InboundHookAdmin(WholeGroupPage, ReadOnlyAdmin):
    empty_list = _("Nobody has called one of our hooks yet.")
    list_display = ["received_at", "source", "names", "is_known", "request_id"]
    list_filter = ["received_at", "source", "is_known"]
    search_fields = ["=request_id", "names"]
    ordering = ["-received_at"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["created_at", "key", "path", "answer"]
    search_fields = ["=key", "path"]
    ordering = ["-created_at"]

    @admin.display(description=_("answer"), ordering="response_status")
    def answer(self, record: IdempotencyRecord) -> SafeString:
        return answer_chip(record.response_status)
