from hashlib import sha256
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.choices import Scope
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core.admin import ActionButton, BaseAdmin, LocalDaysFilter, RowsInline, admin_link, entity_chip, euro, status_chip
from apps.core.downloads import as_download
from apps.core.records import ref_to
from apps.finance import services
from apps.finance.choices import BatchKind, BatchStatus
from apps.finance.forms import ReasonForm
from apps.finance.models import PaymentBatch, PaymentBatchLine

STATUS_COLOURS = {BatchStatus.OPEN: "#F59E0B", BatchStatus.EXECUTED: "#10B981", BatchStatus.CANCELLED: "#6B7280"}


def is_open(batch: PaymentBatch) -> bool:
    return batch.status == BatchStatus.OPEN


class TransfersInline(RowsInline):
    model = PaymentBatchLine
    fields = ["account_name", "iban", "money", "end_to_end_id", "told"]
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("amount"))
    def money(self, line: PaymentBatchLine) -> str:
        return euro(line.amount)

    @admin.display(description=_("bank line"))
    def told(self, line: PaymentBatchLine) -> SafeString | str:
        return admin_link(line.bank_transaction) if line.bank_transaction else "–"


@admin.register(PaymentBatch)
class PaymentBatchAdmin(BaseAdmin):
    """What is paid to partners and back to customers: prepared here, carried out by the bank from its file, put down as paid."""

    empty_list = _("Nothing has been paid out yet. Add a payout: it takes in all commissions, or all refunds, that are due.")
    list_display = ["batch_number", "kind", "money", "standing", "execution_date", "executed_on", "prepared_by", "entity"]
    list_filter = ["kind", "status", "business_entity", ("execution_date", LocalDaysFilter)]
    list_select_related = ["business_entity", "prepared_by"]
    search_fields = ["batch_number", "lines__account_name"]
    inlines = [TransfersInline]
    fields = [
        ("batch_number", "standing", "money"),
        ("kind", "business_entity", "bank_account"),
        ("execution_date", "executed_on"),
        ("prepared_by", "prepared_at"),
        "notes",
    ]
    buttons = [
        ActionButton(
            services.execute_payout,
            _("Paid"),
            subject="batch",
            offered=is_open,
            permission=Scope.FINANCE_PAYMENTS,
            variant="primary",
            confirm=_("The bank has carried it out: it is booked, and what is in it is paid."),
        ),
        ActionButton(
            services.cancel_payout,
            _("Cancel"),
            subject="batch",
            offered=is_open,
            permission=Scope.FINANCE_PAYMENTS,
            form=ReasonForm,
            variant="danger",
        ),
    ]

    def get_fields(self, request: HttpRequest, obj: PaymentBatch | None = None) -> Any:
        return self.fields if obj else ["kind", "business_entity", "execution_date"]

    def get_readonly_fields(self, request: HttpRequest, obj: PaymentBatch | None = None) -> Any:
        return [name for row in self.fields for name in ([row] if isinstance(row, str) else row)] if obj else []

    def get_inlines(self, request: HttpRequest, obj: PaymentBatch | None = None) -> Any:
        return self.inlines if obj else []

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.file_view)
        return [path("<path:object_id>/pain001/", view, name="paymentbatch_file"), *super().get_urls()]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.has_scope(Scope.FINANCE_PAYMENTS)

    def has_change_permission(self, request: HttpRequest, obj: PaymentBatch | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: PaymentBatch, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        prepare = services.prepare_refunds if obj.kind == BatchKind.REFUNDS else services.prepare_payout
        made = prepare(business_entity=obj.business_entity, execution_date=obj.execution_date, by=request.user)
        obj.pk, obj.batch_number = made.pk, made.batch_number

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        batch = context.get("original")
        if batch is not None and self._may_take_file(request, batch):
            context["record_links"] = [(_("File for the bank"), reverse("admin:paymentbatch_file", args=[batch.pk]))]
        return super().render_change_form(request, context, *args, **kwargs)

    def file_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The file that the bank's own pages take in (pain.001)."""
        batch = self._record(request, object_id)
        if not self._may_take_file(request, batch):
            raise PermissionDenied
        content = services.sepa_file(batch)
        log_act(AuditAction.EXPORT, ref_to(batch))
        return as_download(
            request,
            content,
            name=f"{batch.batch_number}.xml",
            media_type="application/xml",
            checksum=sha256(content).hexdigest(),
        )

    def _may_take_file(self, request: HttpRequest, batch: PaymentBatch) -> bool:
        return bool(batch.status != BatchStatus.CANCELLED and request.user.has_scope(Scope.FINANCE_PAYMENTS))

    @display(description=_("status"), ordering="status")
    def standing(self, batch: PaymentBatch) -> SafeString:
        return status_chip(batch.get_status_display(), STATUS_COLOURS[BatchStatus(batch.status)])

    @display(description=_("amount"), ordering="total_amount")
    def money(self, batch: PaymentBatch) -> str:
        return euro(batch.total_amount)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, batch: PaymentBatch) -> SafeString:
        return entity_chip(batch.business_entity)
