"""What one person asked and another approves: the list of what waits, and the pages where an IBAN is asked for."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.accounts.choices import Scope
from apps.core.admin import (
    ActionButton,
    BaseAdmin,
    LocalDaysFilter,
    Preset,
    ReadOnlyAdmin,
    admin_link,
    entity_chip,
    euro,
    status_chip,
)
from apps.core.records import resolve
from apps.organizations import services
from apps.organizations.choices import ApprovalKind, ApprovalState
from apps.organizations.models import ApprovalRequest, BankAccount, Organization

STATE_COLOURS = {
    ApprovalState.WAITING: "#F59E0B",
    ApprovalState.APPROVED: "#10B981",
    ApprovalState.REJECTED: "#DC2626",
    ApprovalState.WITHDRAWN: "#6B7280",
}
WHO_MAY_ASK = (Scope.FINANCE_APPROVE, Scope.FINANCE_PAYMENTS, Scope.FINANCE_INVOICES, Scope.ADMIN_ORGANIZATIONS)


class AnswerForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)


def is_waiting(approval: ApprovalRequest) -> bool:
    return approval.state == ApprovalState.WAITING


APPROVE = ActionButton(
    services.approve_request,
    _("Approve"),
    subject="approval",
    offered=is_waiting,
    permission=WHO_MAY_ASK,
    variant="primary",
    done=_("Approved."),
)
REJECT = ActionButton(
    services.reject_request,
    _("Reject"),
    subject="approval",
    offered=is_waiting,
    permission=WHO_MAY_ASK,
    form=AnswerForm,
    variant="danger",
)
WITHDRAW = ActionButton(
    services.withdraw_request,
    _("Withdraw"),
    subject="approval",
    offered=is_waiting,
    permission=WHO_MAY_ASK,
    confirm=_("Nothing of it is done."),
)


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin, BaseAdmin):
    """Acts that need two people: what was asked, by whom and why; another one approves or rejects it here."""

    empty_list = _("Nothing has been asked for. Refunds, write-offs and changed bank accounts wait here for a second person.")
    list_display = ["what", "label", "money", "to_account", "standing", "requested_by", "requested_at", "entity"]
    list_filter = ["state", "kind", "business_entity", ("requested_at", LocalDaysFilter)]
    list_select_related = ["business_entity", "requested_by"]
    search_fields = ["label", "account_name", "iban", "reason"]
    presets = [
        Preset(label=_("To approve"), query={"state__exact": ApprovalState.WAITING}),
        Preset(label=_("Rejected"), query={"state__exact": ApprovalState.REJECTED}),
    ]
    fields = [
        ("what", "record", "standing"),
        ("money", "account_name", "to_account"),
        "reason",
        ("requested_by", "requested_at", "business_entity"),
        ("decided_by", "decided_at", "answer"),
    ]
    readonly_fields = [name for row in fields for name in ([row] if isinstance(row, str) else row)]

    def get_buttons(self, request: HttpRequest, record: models.Model) -> Sequence[ActionButton]:
        """Whoever may not decide sees the buttons, and why."""
        against = services.against_deciding(record, request.user)
        refusals = [against.detail] if against else []
        own = [WITHDRAW] if record.requested_by_id == request.user.pk else []
        confirm = _("It is done at once: %(what)s.") % {"what": _in_short(record)}
        return [replace(APPROVE, confirm=confirm, refusals=refusals), replace(REJECT, refusals=refusals), *own]

    @display(description=_("what"), ordering="kind")
    def what(self, approval: ApprovalRequest) -> str:
        return capfirst(approval.get_kind_display())

    @display(description=_("of"))
    def record(self, approval: ApprovalRequest) -> SafeString | str:
        found = resolve([approval.about]).get(approval.about)
        return admin_link(found, approval.label) if found else approval.label

    @display(description=_("amount"), ordering="amount")
    def money(self, approval: ApprovalRequest) -> str:
        return euro(approval.amount)

    @display(description="IBAN", ordering="iban")
    def to_account(self, approval: ApprovalRequest) -> SafeString | str:
        """The account, and for a change which one it takes the place of."""
        if approval.kind != ApprovalKind.IBAN:
            return approval.iban or "–"
        return format_html("{} → <strong>{}</strong>", approval.previous_iban or "–", approval.iban or "–")

    @display(description=_("state"), ordering="state")
    def standing(self, approval: ApprovalRequest) -> SafeString:
        return status_chip(approval.get_state_display(), STATE_COLOURS[ApprovalState(approval.state)])

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, approval: ApprovalRequest) -> SafeString:
        return entity_chip(approval.business_entity)


class IbanForm(forms.ModelForm):
    """A form in which an IBAN is asked for: it holds once somebody else has approved it."""

    iban_reason = forms.CharField(
        label=_("why this IBAN"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text=_(
            "Where the IBAN changes. The new one holds once somebody else has approved it; until then the old one stays."
        ),
    )

    @property
    def asks_for_iban(self) -> bool:
        return "iban" in self.changed_data

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.asks_for_iban and not cleaned.get("iban_reason", "").strip():
            self.add_error("iban_reason", _("Say why: somebody else approves it."))
        return cleaned


class IbanPage(ModelAdmin):
    """A page where somebody's IBAN stands. What is typed there is asked for; the old one stays until another approves it."""

    form = IbanForm
    iban_when_new: ClassVar[bool] = False  # whether a new record keeps what was typed, since nothing uses it yet

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Whoever only reads is not asked why."""
        fieldsets = super().get_fieldsets(request, obj)
        if self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [_without_reason(row) for row in options["fields"]]}) for title, options in fieldsets
        ]

    def save_model(self, request: HttpRequest, obj: Organization | BankAccount, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        asked = obj.iban if getattr(form, "asks_for_iban", False) else None
        if change:  # also when it was not touched here: another's approval may have given it a new one since
            obj.iban = type(obj)._default_manager.select_for_update().values_list("iban", flat=True).get(pk=obj.pk)
        elif not self.iban_when_new:
            obj.iban = ""
        super().save_model(request, obj, form, change)
        if asked is not None:
            services.ask_for_iban(holder=obj, iban=asked, reason=form.cleaned_data["iban_reason"], by=request.user)
            messages.info(request, _("The IBAN waits for somebody else's approval; until then nothing changes."))


def _in_short(approval: ApprovalRequest) -> str:
    """All that is done, on one line."""
    amount = "" if approval.amount is None else euro(approval.amount)
    change = f"{approval.previous_iban or '–'} → {approval.iban or '–'}"
    iban = change if approval.kind == ApprovalKind.IBAN else approval.iban
    return " · ".join(part for part in (str(approval), amount, approval.account_name, iban) if part)


def _without_reason(row: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return row if isinstance(row, str) else tuple(name for name in row if name != "iban_reason")
