"""Our companies, their bank accounts and their numbers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.admin import BaseAdmin, ReadOnlyAdmin, RowsInline, entity_chip, tone_chip
from apps.core.errors import Text
from apps.organizations.admin.approvals import IbanPage
from apps.organizations.choices import SequenceLevel
from apps.organizations.models import BankAccount, BusinessEntity, NumberSequence
from apps.organizations.queries import completeness

COMPLETE, SUFFICIENT = 100, 75
TONES = {SequenceLevel.OK: "success", SequenceLevel.WARNING: "warning", SequenceLevel.CRITICAL: "danger"}


class BankAccountInline(RowsInline):
    model = BankAccount
    fields = ["account_name", "iban", "bank_name", "is_primary", "is_blocked", "is_active"]


@admin.register(BusinessEntity)
class BusinessEntityAdmin(BaseAdmin):
    list_display = ["chip", "legal_name", "number_prefix", "supports_work_orders", "score", "is_active"]
    list_filter = ["supports_work_orders", "is_active"]
    search_fields = ["entity_name", "legal_name", "number_prefix"]
    readonly_fields = ["entity_code", "number_prefix", "sequence_length", "score"]
    inlines = [BankAccountInline]
    fieldsets = [
        (None, {"fields": ["entity_code", "entity_name", "legal_name", "kvk_number", "btw_number", "is_active", "score"]}),
        (_("Contact"), {"fields": ["website_url", "contact_email", "contact_phone", "address"]}),
        (_("Numbers"), {"fields": ["number_prefix", "sequence_length", "supports_work_orders"]}),
        (
            _("Money"),
            {"fields": ["payment_term_days", "order_approval_threshold", "invoice_approval_threshold", "write_off_limit"]},
        ),
        (_("Set-up"), {"fields": ["branding_config", "email_config", "document_config", "operational_config"]}),
    ]

    def has_add_permission(self, request: object) -> bool:
        return False  # a sixth company is a release: its code stands in the choices

    @admin.display(description=_("business entity"), ordering="entity_name")
    def chip(self, entity: BusinessEntity) -> SafeString:
        return entity_chip(entity)

    @admin.display(description=_("complete"))
    def score(self, entity: BusinessEntity) -> SafeString:
        """The score, and what is missing."""
        report = completeness(entity)
        if report.score == COMPLETE:
            return tone_chip(_("complete"), "success")
        missing = ", ".join(str(issue) for issue in report.issues)
        label: Text = format_lazy(_("{score}%, missing: {missing}"), score=report.score, missing=missing)
        return tone_chip(label, "warning" if report.score >= SUFFICIENT else "danger")


@admin.register(BankAccount)
class BankAccountAdmin(IbanPage, BaseAdmin):
    """Our own accounts. A new one, and another IBAN, is used once somebody else has approved it."""

    iban_when_new = True
    list_display = ["account_name", "iban", "bank_name", "business_entity", "is_primary", "is_blocked", "is_active"]
    list_filter = ["business_entity", "is_active"]
    list_select_related = ["business_entity"]
    search_fields = ["account_name", "iban", "bank_name"]
    fields = [
        "business_entity",
        "account_name",
        ("iban", "iban_reason"),
        ("bic", "bank_name"),
        ("is_primary", "is_blocked", "is_active"),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: BankAccount | None = None) -> Any:
        """What is not confirmed is neither in use nor the one that invoices name."""
        return [] if obj and obj.is_confirmed else ["is_primary", "is_active"]

    def save_model(self, request: HttpRequest, obj: BankAccount, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        if not change:
            obj.is_confirmed = obj.is_active = False
        super().save_model(request, obj, form, change)


@admin.register(NumberSequence)
class NumberSequenceAdmin(ReadOnlyAdmin):
    list_display = ["chip", "document_type", "year", "is_test", "current_value", "fill"]
    list_filter = ["year", "business_entity", "document_type", "is_test"]
    list_select_related = ["business_entity"]
    search_fields = ["business_entity__entity_name", "document_type", "year"]

    @admin.display(description=_("business entity"), ordering="business_entity")
    def chip(self, sequence: NumberSequence) -> SafeString:
        return entity_chip(sequence.business_entity)

    @admin.display(description=_("level"), ordering="current_value")
    def fill(self, sequence: NumberSequence) -> SafeString:
        return tone_chip(sequence.level.label, TONES[sequence.level])
