from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.admin import TabularInline
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.core import clock
from apps.core.admin import (
    ActionButton,
    BaseAdmin,
    LocalDaysFilter,
    ReadOnlyAdmin,
    admin_link,
    admin_url,
    entity_chip,
    tone_chip,
)
from apps.core.errors import DomainError
from apps.finance.choices import ConnectionStatus, ExportState
from apps.finance.forms import ConnectionForm, ReasonForm, ResendExportsForm
from apps.finance.models import AccountingCode, AccountingConnection, AccountingExport
from apps.finance.services import accounting

MAY_CONNECT = (Scope.ADMIN_INTEGRATIONS, Scope.FINANCE_EXPORT)
STATUS_TONES = {
    ConnectionStatus.NEW: "neutral",
    ConnectionStatus.CONNECTED: "success",
    ConnectionStatus.PAUSED: "warning",
    ConnectionStatus.BROKEN: "danger",
}
STATE_TONES = {
    ExportState.TODO: "info",
    ExportState.DONE: "success",
    ExportState.PARKED: "danger",
    ExportState.SKIPPED: "neutral",
}
WORDS = {
    "timeout": _("They gave no answer in time."),
    "connection_failed": _("Nobody answers there."),
    "name_not_resolved": _("Their address is not known on the internet now."),
    "tls_failed": _("No safe connection could be made."),
    "http_429": _("They say that we call too often."),
    "worker_lost": _("Our own worker broke down while sending it."),
}


def act(service: Any, label: Any, **options: Any) -> ActionButton:
    """A button for whoever keeps connections."""
    return ActionButton(service, label, subject="connection", permission=MAY_CONNECT, **options)


def sent_again(count: int) -> str:
    return ngettext("%(count)s is sent again.", "%(count)s are sent again.", count) % {"count": count}


def is_in(*statuses: ConnectionStatus) -> Any:
    return lambda connection: connection.status in statuses


class CodesInline(TabularInline):
    """What they call our accounts, journals and VAT codes."""

    model = AccountingCode
    fields = ["subject", "code"]
    readonly_fields = ["subject"]
    extra = 0
    can_delete = False
    hide_title = True
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccountingConnection)
class AccountingConnectionAdmin(BaseAdmin):
    """A company's administration in Exact Online or Xero: letting us in, what they call things, how it is doing."""

    empty_list = _("No company is connected with its accounting system. Add a connection, fill in the codes, then connect.")
    form = ConnectionForm
    inlines = [CodesInline]
    list_display = ["entity", "system", "standing", "waiting", "parked", "last_sync"]
    list_filter = ["system", "status", "business_entity"]
    fields = [
        ("business_entity", "system"),
        ("client_id", "client_secret"),
        ("administration", "starts_on"),
        "sends_payments",
        ("standing", "status_reason"),
        ("waiting", "parked", "last_sync", "resumes"),
        "comes_back_to",
    ]
    readonly_fields = ["standing", "status_reason", "waiting", "parked", "last_sync", "resumes", "comes_back_to"]
    buttons = [
        act(
            accounting.begin_connecting,
            _("Connect"),
            confirm=_("You go to the accounting system, log in there, and say that we may work in the administration."),
            shows="admin/finance/accounting_connect.html",
            offered=is_in(ConnectionStatus.NEW, ConnectionStatus.BROKEN),
            variant="primary",
            icon="link",
        ),
        act(
            accounting.resume_connection,
            _("Resume"),
            offered=is_in(ConnectionStatus.PAUSED),
            confirm=_("What waited is sent, in its order."),
            variant="primary",
            icon="play_arrow",
        ),
        act(
            accounting.test_connection,
            _("Test the connection"),
            done=_("They answer, and know us."),
            icon="network_check",
        ),
        act(
            accounting.retry_parked,
            _("Send what needs a person again"),
            offered=lambda connection: connection.parked > 0,
            confirm=_("Everything that was not taken is sent again, in its order."),
            done=sent_again,
            icon="replay",
        ),
        act(
            accounting.resend_exports,
            _("Send a range again"),
            form=ResendExportsForm,
            done=sent_again,
            icon="date_range",
        ),
        act(
            accounting.pause_connection,
            _("Pause"),
            offered=is_in(ConnectionStatus.CONNECTED),
            confirm=_("What is booked meanwhile waits in line; nothing is lost."),
            icon="pause",
        ),
        act(
            accounting.disconnect,
            _("Disconnect"),
            offered=is_in(ConnectionStatus.CONNECTED, ConnectionStatus.PAUSED, ConnectionStatus.BROKEN),
            confirm=_("We forget what lets us in. Nothing is sent until somebody connects again; then what was booked follows."),
            variant="danger",
            icon="link_off",
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).with_line()

    def get_readonly_fields(self, request: HttpRequest, obj: AccountingConnection | None = None) -> Any:
        return [*self.readonly_fields, *(["business_entity", "system"] if obj else [])]

    def get_fields(self, request: HttpRequest, obj: AccountingConnection | None = None) -> Any:
        return self.fields if obj else [*self.fields[:4], "comes_back_to"]

    def get_inlines(self, request: HttpRequest, obj: AccountingConnection | None = None) -> Any:
        return self.inlines if obj else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.connected_view)
        return [path("connected/", view, name="accounting_connected"), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: AccountingConnection, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        accounting.save_connection(connection=obj, by=request.user)

    def connected_view(self, request: HttpRequest) -> HttpResponse:
        """Where the system sends a person back to, with a code or with a no."""
        if not request.user.has_scope(*MAY_CONNECT):
            raise PermissionDenied
        given = {name: request.GET.get(name, "")[:4000] for name in ("state", "code", "error")}
        if given["error"] or not given["code"]:
            messages.error(request, _now("Nobody said yes there (%(error)s).") % {"error": given["error"] or "–"})
            return HttpResponseRedirect(reverse("admin:finance_accountingconnection_changelist"))
        try:
            connection = accounting.finish_connecting(state=given["state"], code=given["code"], by=request.user)
        except DomainError as error:
            messages.error(request, str(error.detail))
            return HttpResponseRedirect(reverse("admin:finance_accountingconnection_changelist"))
        messages.success(request, _now("Connected. What was booked is on its way."))
        return HttpResponseRedirect(admin_url(connection))

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, connection: AccountingConnection) -> SafeString:
        return entity_chip(connection.business_entity)

    @display(description=_("status"), ordering="status")
    def standing(self, connection: AccountingConnection) -> SafeString:
        return tone_chip(connection.get_status_display(), STATUS_TONES[ConnectionStatus(connection.status)])

    @display(description=_("waiting"))
    def waiting(self, connection: AccountingConnection) -> int:
        return connection.waiting

    @display(description=_("needs a person"))
    def parked(self, connection: AccountingConnection) -> int:
        return connection.parked

    @display(description=_("last sync"))
    def last_sync(self, connection: AccountingConnection) -> str:
        return _moment(connection, "last_sync_at")

    @display(description=_("left alone until"))
    def resumes(self, connection: AccountingConnection) -> str:
        return _moment(connection, "resume_at")

    @display(description=_("redirect address"))
    def comes_back_to(self, connection: AccountingConnection) -> str:
        return accounting.redirect_uri()


def _moment(connection: AccountingConnection, name: str) -> str:
    moment = getattr(getattr(connection, "health", None), name, None)  # one that is being added has no health yet
    return date_format(clock.local(moment), "SHORT_DATETIME_FORMAT") if moment else "–"


@admin.register(AccountingExport)
class AccountingExportAdmin(ReadOnlyAdmin):
    """What reached the accounting system, what is on its way, and what needs a person."""

    empty_list = _("Nothing is on its way. What is booked comes here once its company is connected.")
    list_display = ["queued_at", "kind", "document_link", "connection", "standing", "done_at", "problem"]
    list_select_related = ["connection__business_entity", "document"]
    list_filter = ["state", "kind", "connection", ("queued_at", LocalDaysFilter)]
    search_fields = ["=document__invoice_number", "=external_id"]
    ordering = ["-queued_at", "-sequence"]
    fields = [
        ("document_link", "kind"),
        ("payment", "root_link"),
        ("connection", "sequence"),
        ("standing", "attempts"),
        ("queued_at", "done_at"),
        "external_id",
        ("problem", "last_error_code"),
        ("settled_by", "settled_reason"),
    ]
    buttons = [
        ActionButton(
            accounting.retry_export,
            _("Send again"),
            subject="export",
            permission=MAY_CONNECT,
            confirm=_("It is sent again, before what hangs on the same invoice."),
            offered=lambda export: export.state in (ExportState.PARKED, ExportState.SKIPPED),
            variant="primary",
            icon="replay",
        ),
        ActionButton(
            accounting.skip_export,
            _("Skip"),
            subject="export",
            permission=MAY_CONNECT,
            form=ReasonForm,
            offered=lambda export: export.state in (ExportState.TODO, ExportState.PARKED),
            variant="danger",
            icon="skip_next",
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).for_page()

    @display(description=_("document"), ordering="document__invoice_number")
    def document_link(self, export: AccountingExport) -> SafeString | str:
        return admin_link(export.document)

    @display(description=_("invoice"))
    def root_link(self, export: AccountingExport) -> SafeString | str:
        return admin_link(export.root)

    @display(description=_("payment"))
    def payment(self, export: AccountingExport) -> SafeString | str:
        return admin_link(export.allocation.payment if export.allocation else None)

    @display(description=_("state"), ordering="state")
    def standing(self, export: AccountingExport) -> SafeString:
        return tone_chip(export.get_state_display(), STATE_TONES[ExportState(export.state)])

    @display(description=_("what went wrong"))
    def problem(self, export: AccountingExport) -> str:
        return str(WORDS.get(export.last_error_code, "")) or export.last_error or export.last_error_code or "–"
