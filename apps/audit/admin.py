from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.paginator import InfinitePaginator

from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.audit.queries import audited_models, field_changes, field_label, model_named, record_kind
from apps.core import jobs
from apps.core.admin import ReadOnlyAdmin, WholeGroupPage, tone_chip
from apps.core.errors import Text

TONES = {AuditAction.CREATE: "success", AuditAction.DELETE: "danger", AuditAction.LOGIN_FAILED: "warning"}
ACTORS = {"user": _("user"), "api_key": _("API key"), "task": _("task"), "system": _("system")}


class KindFilter(admin.SimpleListFilter):
    """Entries about one kind of record. The kinds come from the code: asking the log would read all of it."""

    title = _("kind of record")
    parameter_name = "table"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:
        kinds = ((table, capfirst(str(record_kind(table)))) for table in audited_models())
        return sorted(kinds, key=lambda kind: kind[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditLog]) -> QuerySet[AuditLog]:
        return queryset.filter(table_name=self.value()) if self.value() else queryset


class ActorKindFilter(admin.SimpleListFilter):
    """Entries of people, of machines or of our own clockwork."""

    title = _("actor kind")
    parameter_name = "actor"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, Any]]:
        return list(ACTORS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditLog]) -> QuerySet[AuditLog]:
        return queryset.filter(actor_kind=self.value()) if self.value() else queryset


@admin.register(AuditLog)
class AuditLogAdmin(WholeGroupPage, ReadOnlyAdmin):
    list_display = ["created_at", "what", "record", "columns", "actor", "reason", "source"]
    list_filter = ["action", KindFilter, ActorKindFilter, ("created_at", RangeDateTimeFilter)]
    search_fields = ["record_id__exact", "root_id__exact", "actor_id__exact"]
    search_help_text = _("The id of a record, of the record it is part of, or of who acted.")
    ordering = ["-id"]
    sortable_by = ()
    paginator = InfinitePaginator  # counting would read the whole log
    fieldsets = [
        (None, {"fields": ["created_at", "what", "record", "root", "changes", "context"]}),
        (_("Who and why"), {"fields": ["actor", "kind_of_actor", "actor_id", "reason"]}),
        (_("From where"), {"fields": ["source", "ip_address", "request_id", "transaction_id"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: AuditLog | None = None) -> list[str]:
        return ["what", "record", "root", "changes", "actor", "kind_of_actor"]

    def get_fieldsets(self, request: HttpRequest, obj: AuditLog | None = None) -> Any:
        """Without what most entries do not have."""
        (first, options), *others = super().get_fieldsets(request, obj)
        fields = [name for name in options["fields"] if name != "context" or (obj and obj.context)]
        return [(first, {**options, "fields": fields}), *others]

    def heading(self, record: AuditLog) -> str:
        kind = record_kind(record.table_name) if record.table_name else ""
        return capfirst(f"{record.get_action_display()}: {kind}" if kind else record.get_action_display())

    @admin.display(description=_("action"))
    def what(self, entry: AuditLog) -> SafeString:
        return tone_chip(entry.get_action_display(), TONES.get(AuditAction(entry.action), "neutral"))

    @admin.display(description=_("record"))
    def record(self, entry: AuditLog) -> SafeString | str:
        return self._link(entry.table_name, entry.record_id)

    @admin.display(description=_("part of"))
    def root(self, entry: AuditLog) -> SafeString | str:
        return self._link(entry.root_type, entry.root_id)

    def _link(self, table_name: str, record_id: str) -> SafeString | str:
        """A link where the kind of record has a page; whether the record is still there is found by following it."""
        if not record_id:
            return "–"
        kind = capfirst(str(record_kind(table_name)))
        url = self._page(model_named(table_name), record_id)
        label = format_html('<a class="cc-link" href="{}">{}</a>', url, kind) if url else kind
        # The end of a key tells records apart: its beginning is the hour in which it was made.
        return format_html('{} <span class="cc-muted cc-nowrap" title="{}">…{}</span>', label, record_id, record_id[-8:])

    @staticmethod
    def _page(model: type[Model] | None, record_id: str) -> str:
        if model is None:
            return ""
        try:
            return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record_id])
        except NoReverseMatch:
            return ""

    @admin.display(description=_("actor"))
    def actor(self, entry: AuditLog) -> Text:
        return jobs.in_words(entry.actor_label)

    @admin.display(description=_("actor kind"))
    def kind_of_actor(self, entry: AuditLog) -> Text:
        return ACTORS.get(entry.actor_kind, entry.actor_kind)

    @admin.display(description=_("fields"))
    def columns(self, entry: AuditLog) -> str:
        if entry.action != AuditAction.UPDATE or not entry.changed_fields:
            return "–"
        return capfirst(", ".join(str(field_label(entry.table_name, column)) for column in entry.changed_fields))

    @admin.display(description=_("changes"))
    def changes(self, entry: AuditLog) -> SafeString:
        return render_to_string("admin/audit/changes.html", {"changes": field_changes(entry)})
