from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.admin import (
    ActionButton,
    ActionForm,
    BaseAdmin,
    LocalDaysFilter,
    Preset,
    ReadOnlyAdmin,
    RowsInline,
    entity_chip,
    euro,
    status_chip,
)
from apps.finance import services
from apps.finance.admin.settling import SettleForm, settle
from apps.finance.choices import FREE, UNDECIDED, BankFileState, LineState
from apps.finance.forms import ReasonForm
from apps.finance.models import BankFile, BankStatement, BankTransaction, Invoice, MatchProposal, Payment, PaymentBatchLine

FILE_COLOURS = {
    BankFileState.RECEIVED: "#6B7280",
    BankFileState.READING: "#0EA5E9",
    BankFileState.BOOKING: "#0EA5E9",
    BankFileState.WAITING: "#F59E0B",
    BankFileState.IMPORTED: "#10B981",
    BankFileState.REFUSED: "#DC2626",
}
LINE_COLOURS = {
    LineState.OPEN: "#DC2626",
    LineState.PROPOSED: "#F59E0B",
    LineState.MATCHED: "#10B981",
    LineState.ON_ACCOUNT: "#0EA5E9",
    LineState.IGNORED: "#6B7280",
    LineState.OUTGOING: "#6B7280",
    LineState.SPLIT: "#6B7280",
}
# What speaks for a proposal or against it, as the matching calls it.
EVIDENCE = {
    "reference": _("The payment reference is there: %(of)s"),
    "number": _("The invoice number is there: %(of)s"),
    "iban": _("The account has paid for this customer before: %(of)s"),
    "debtor": _("Customer: %(of)s"),
    "name": _("The name is there: %(of)s"),
    "amount_equal": _("The amount is what is open: %(of)s"),
    "too_much": _("More than is open: %(of)s"),
    "too_little": _("Less than is open: %(of)s"),
    "several": _("Other combinations of invoices make the same amount: %(of)s"),
    "only_amount": _("Only the amount is the same: %(of)s"),
    "paid_already": _("Paid already: %(of)s"),
}
OF_MONEY = {"amount_equal", "too_much", "too_little"}


class UploadForm(forms.ModelForm):
    """What a person sends: the bytes alone; all else is read from them."""

    document = forms.FileField(
        label=_("file"),
        widget=UnfoldAdminFileFieldWidget,
        help_text=_("CAMT.053, CAMT.054 or MT940, at most 128 MB, as the bank gives it."),
    )

    class Meta:
        model = BankFile
        fields: list[str] = []


class AcceptForm(ActionForm):
    proposal = forms.ModelChoiceField(label=_("proposal"), queryset=MatchProposal.objects.none())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["proposal"]
        field.queryset = self.record.proposals.all()
        field.empty_label = None
        field.label_from_instance = _said
        field.initial = self.record.proposals.first()


class InvoicesForm(ActionForm):
    """Which invoices a line paid, by their numbers; each takes what is open of it until the money is used up."""

    invoices = forms.CharField(
        label=_("invoice numbers"), max_length=500, help_text=_("One or more, with commas between them, the first one first.")
    )

    def clean_invoices(self) -> list[Invoice]:
        numbers = [number.strip().upper() for number in self.cleaned_data["invoices"].split(",") if number.strip()]
        theirs = Invoice.objects.handled_by(self.by).filter(business_entity=self.record.business_entity_id)
        found = {invoice.invoice_number: invoice for invoice in theirs.filter(invoice_number__in=numbers)}
        if missing := [number for number in numbers if number not in found]:
            raise forms.ValidationError(
                _("There is no such invoice of this company: %(numbers)s") % {"numbers": ", ".join(missing)}
            )
        return [found[number] for number in dict.fromkeys(numbers)]


class TransfersForm(ActionForm):
    """Which of our transfers the bank carried out with this line: those of its very sum, the likeliest first."""

    transfers = forms.ChoiceField(
        label=_("payout"), help_text=_("Only what comes to the very sum of the line. Without any, the line is something else.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found = {str(told[0].pk): told for told in services.transfers_of_sum(self.record)}
        self.fields["transfers"].choices = [(key, _what_is_paid(told)) for key, told in self.found.items()]

    def clean_transfers(self) -> Sequence[PaymentBatchLine]:
        return self.found[self.cleaned_data["transfers"]]


class FeeForm(forms.Form):
    fee = forms.DecimalField(label=_("fee that was kept"), min_value=0, max_digits=8, decimal_places=2)


class NoteForm(forms.Form):
    note = forms.CharField(label=_("note"), max_length=1_000, widget=forms.Textarea)


def pay_invoices(*, bank_transaction: BankTransaction, invoices: Sequence[Invoice], by: User) -> Payment:
    """A person's own choice of invoices."""
    return services.bank_line_match(
        bank_transaction=bank_transaction, parts=[services.Part(invoice=invoice) for invoice in invoices]
    )


def accept(*, bank_transaction: BankTransaction, proposal: MatchProposal, by: User) -> Payment:
    """What was proposed, as it stood on the page."""
    return services.proposal_accept(proposal=proposal, by=by)


def is_undecided(line: BankTransaction) -> bool:
    return line.state in UNDECIDED


def is_proposed(line: BankTransaction) -> bool:
    return line.state == LineState.PROPOSED


def is_free(line: BankTransaction) -> bool:
    return line.state in FREE


def is_ignorable(line: BankTransaction) -> bool:
    return line.state in (*UNDECIDED, LineState.OUTGOING)


def is_undoable(line: BankTransaction) -> bool:
    return line.state in (LineState.MATCHED, LineState.ON_ACCOUNT, LineState.IGNORED)


class StatementsInline(RowsInline):
    model = BankStatement
    fields = ["bank_account", "number", "opening", "closing", "line_count", "missing"]
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("opening balance"))
    def opening(self, statement: BankStatement) -> str:
        return euro(statement.opening_balance)

    @admin.display(description=_("closing balance"))
    def closing(self, statement: BankStatement) -> str:
        return euro(statement.closing_balance)

    @admin.display(description=_("missing before it"))
    def missing(self, statement: BankStatement) -> str:
        return euro(statement.gap) if statement.gap else ""


@admin.register(BankFile)
class BankFileAdmin(BaseAdmin):
    """Files of the bank: sent here, read by the worker, and kept with what is wrong with them."""

    form = UploadForm
    empty_list = _("No file of the bank has been sent yet. Add one: what came in finds its invoices by itself.")
    list_display = ["file_name", "standing", "line_count", "new_count", "error_detail", "created_at", "uploaded_by"]
    list_filter = ["state", ("created_at", LocalDaysFilter)]
    list_select_related = ["uploaded_by"]
    search_fields = ["file_name"]
    inlines = [StatementsInline]
    fields = [
        ("file_name", "standing", "size_bytes"),
        ("line_count", "new_count", "finished_at"),
        ("error_detail", "error_line"),
        ("uploaded_by", "created_at"),
    ]
    buttons = [
        ActionButton(
            services.bank_file_retry,
            _("Read again"),
            subject="bank_file",
            offered=lambda bank_file: bank_file.state == BankFileState.REFUSED,
            permission=Scope.FINANCE_PAYMENTS,
        ),
    ]

    def get_fields(self, request: HttpRequest, obj: BankFile | None = None) -> Any:
        return self.fields if obj else ["document"]

    def get_readonly_fields(self, request: HttpRequest, obj: BankFile | None = None) -> Any:
        return [name for row in self.fields for name in row] if obj else []

    def get_inlines(self, request: HttpRequest, obj: BankFile | None = None) -> Any:
        return self.inlines if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.has_scope(Scope.FINANCE_PAYMENTS)

    def has_change_permission(self, request: HttpRequest, obj: BankFile | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: BankFile, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        sent = form.cleaned_data["document"]
        received = services.bank_file_receive(name=sent.name, content=sent, by=request.user)
        obj.pk, obj.file_name = received.pk, received.file_name

    @display(description=_("state"), ordering="state")
    def standing(self, bank_file: BankFile) -> SafeString:
        return status_chip(bank_file.get_state_display(), FILE_COLOURS[BankFileState(bank_file.state)])


class ProposalsInline(RowsInline):
    model = MatchProposal
    fields = ["by_what", "score", "of_invoices", "because"]
    readonly_fields = fields
    show_change_link = False

    @admin.display(description=_("by"))
    def by_what(self, proposal: MatchProposal) -> str:
        return proposal.get_rule_display()

    @admin.display(description=_("invoices"))
    def of_invoices(self, proposal: MatchProposal) -> str:
        return _invoices_of(proposal)

    @admin.display(description=_("evidence"))
    def because(self, proposal: MatchProposal) -> SafeString:
        return format_html_join("", "<div>{}</div>", ((text,) for text in _evidence_of(proposal)))


@admin.register(BankTransaction)
class BankTransactionAdmin(ReadOnlyAdmin, BaseAdmin):
    """What came in and went out: what is not settled by itself, a person settles here."""

    empty_list = _("The bank has told of nothing yet.")
    list_display = ["booking_date", "counterparty_name", "description", "money", "standing", "matched_by", "entity"]
    list_filter = ["state", "matched_by", "business_entity", ("booking_date", LocalDaysFilter)]
    list_select_related = ["business_entity"]
    search_fields = ["counterparty_name", "counterparty_iban", "description"]
    presets = [
        Preset(label=_("Proposed"), query={"state__exact": LineState.PROPOSED}),
        Preset(label=_("Not recognised"), query={"state__exact": LineState.OPEN}),
        Preset(label=_("On account"), query={"state__exact": LineState.ON_ACCOUNT}),
        Preset(label=_("Went out, not explained"), query={"state__exact": LineState.OUTGOING}),
    ]
    inlines = [ProposalsInline]
    fields = [
        ("booking_date", "money", "standing"),
        ("counterparty_name", "counterparty_iban", "business_entity"),
        ("description", "structured_reference", "end_to_end_id"),
        ("matched_by", "is_by_hand", "is_returned"),
        ("bank_account", "line_number"),
        ("part_of", "note"),
    ]
    readonly_fields = [name for row in fields for name in row]
    buttons = [
        ActionButton(
            accept, _("Accept"), offered=is_proposed, permission=Scope.FINANCE_PAYMENTS, form=AcceptForm, subject="bank_transaction",
            variant="primary",
        ),
        ActionButton(
            pay_invoices, _("Choose invoices"), offered=is_free, permission=Scope.FINANCE_PAYMENTS, form=InvoicesForm,
            subject="bank_transaction",
        ),
        ActionButton(
            services.bank_line_on_account, _("Leave on account"), offered=is_undecided, permission=Scope.FINANCE_PAYMENTS,
            subject="bank_transaction",
        ),
        ActionButton(
            settle, _("Payout of online payments"), offered=is_undecided, permission=Scope.FINANCE_PAYMENTS, form=SettleForm,
            subject="bank_transaction",
        ),
        ActionButton(
            services.bank_line_payout, _("Payout of a provider"), offered=is_undecided, permission=Scope.FINANCE_PAYMENTS,
            form=FeeForm, subject="bank_transaction",
        ),
        ActionButton(
            services.bank_line_transfers, _("Paid by a payout"), offered=lambda line: line.state == LineState.OUTGOING,
            permission=Scope.FINANCE_PAYMENTS, form=TransfersForm, subject="bank_transaction",
        ),
        ActionButton(
            services.bank_line_ignore, _("Ignore"), offered=is_ignorable, permission=Scope.FINANCE_PAYMENTS, form=ReasonForm,
            subject="bank_transaction",
        ),
        ActionButton(
            services.bank_line_note, _("Note"), permission=Scope.FINANCE_PAYMENTS, form=NoteForm, subject="bank_transaction",
            initial=lambda line: {"note": line.note},
        ),
        ActionButton(
            services.bank_line_undo, _("Undo"), offered=is_undoable, permission=Scope.FINANCE_PAYMENTS, subject="bank_transaction",
            confirm=_("Its invoices are open again, and the money is on account; what it told of a payout is under way again."),
        ),
    ]  # fmt: skip

    @display(description=_("amount"), ordering="amount")
    def money(self, line: BankTransaction) -> str:
        return euro(line.amount)

    @display(description=_("state"), ordering="state")
    def standing(self, line: BankTransaction) -> SafeString:
        return status_chip(line.get_state_display(), LINE_COLOURS[LineState(line.state)])

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, line: BankTransaction) -> SafeString:
        return entity_chip(line.business_entity)


def _invoices_of(proposal: MatchProposal) -> str:
    return ", ".join(part["number"] for part in proposal.parts) or str(_("on account"))


def _evidence_of(proposal: MatchProposal) -> list[str]:
    return [str(EVIDENCE[each["code"]]) % {"of": _of_what(each)} for each in proposal.evidence]


def _of_what(evidence: dict[str, str]) -> str:
    return euro(Decimal(evidence["of"])) if evidence["code"] in OF_MONEY else evidence["of"]


def _what_is_paid(told: Sequence[PaymentBatchLine]) -> str:
    first = told[0]
    names = first.account_name if len(told) == 1 else str(_("%(count)s transfers") % {"count": len(told)})
    return f"{first.batch.batch_number} · {names} · {date_format(first.batch.execution_date, 'SHORT_DATE_FORMAT')}"


def _said(proposal: MatchProposal) -> str:
    return f"{_invoices_of(proposal)} · {proposal.get_rule_display()}"
