"""What is not asked for any more: an invoice's rest that two people give up, and differences too small to ask for."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, Refused
from apps.core.money import ZERO
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.finance.choices import RECEIVABLE, AccountRole, EntryKind
from apps.finance.models import Invoice, WriteOff
from apps.finance.services.ledger import post_entry
from apps.finance.services.standing import lock_invoice, refresh_standing
from apps.organizations.choices import ApprovalKind
from apps.organizations.models import ApprovalRequest
from apps.organizations.services import ask_approval


@in_transaction
def write_off_request(*, invoice: Invoice, reason: str, by: User) -> ApprovalRequest:
    """Ask that all that is open of an invoice is given up; until somebody else approves it, it is asked for as before.

    Raises:
        Conflict: not_receivable, approval_waiting. Refused: reason_required.
    """
    locked = lock_invoice(invoice)
    _refuse_settled(locked)
    return ask_approval(
        kind=ApprovalKind.WRITE_OFF,
        about=locked,
        business_entity=locked.business_entity,
        reason=reason,
        by=by,
        amount=locked.balance,
    )


def carry_out_write_off(approval: ApprovalRequest, by: User) -> None:
    """Give up what was approved: its VAT too stands on the account of written-off debts, until the return reclaims it (art. 29
    Wet OB: a year after the day of payment at the latest).

    Raises:
        Conflict: not_receivable; not_open_as_thought, where another amount is open now than when this was asked.
    """
    locked = lock_invoice(Invoice.objects.get(pk=approval.about_id))
    _refuse_settled(locked)
    if locked.balance != approval.amount:
        raise Conflict(gettext_lazy("The invoice is not open for this amount any more."), code="not_open_as_thought")
    _write_off(locked, locked.balance, approval)
    refresh_standing(locked)


@in_transaction
def write_off_undo(*, write_off: WriteOff, reason: str, by: User | None) -> Invoice:
    """Ask for it again: the booking is undone by its opposite, and the invoice is open.

    Raises:
        Conflict: write_off_undone. Refused: reason_required, period_closed.
    """
    if not reason.strip():
        raise Refused(gettext_lazy("Say why."), code="reason_required")
    locked = lock_invoice(write_off.invoice)
    held = WriteOff.objects.get(pk=write_off.pk)
    if not held.is_active:
        raise Conflict(gettext_lazy("This was undone before."), code="write_off_undone")
    _end(held, reason.strip())
    return refresh_standing(locked)


def forgive_small_difference(invoice: Invoice, paid: Decimal, *, limit: Decimal) -> None:
    """Give up what a payment of so much leaves open of a locked invoice, where its company's limit lets that pass."""
    rest = invoice.balance - paid
    if ZERO < rest <= min(limit, paid):
        _write_off(invoice, rest, None)


def ask_for_small_differences(invoice: Invoice) -> None:
    """A payment of a locked invoice was taken back: what it left open by so little is open with the rest."""
    for write_off in invoice.write_offs.filter(is_active=True, approval=None):
        _end(write_off, _("A payment was taken back."))


def free_written_off(invoice: Invoice, excess: Decimal) -> Decimal:
    """Undo of the write-offs of a locked invoice what a credit makes too much; gives how much that was."""
    freed = ZERO
    for write_off in invoice.write_offs.filter(is_active=True).select_related("approval").order_by("-created_at"):
        if freed >= excess:
            break
        keeps = max(write_off.amount - (excess - freed), ZERO)
        _end(write_off, _("The invoice was credited."))
        if keeps > ZERO:
            _write_off(invoice, keeps, write_off.approval)
        freed += write_off.amount - keeps
    return freed


def _write_off(invoice: Invoice, amount: Decimal, approval: ApprovalRequest | None) -> None:
    made = WriteOff.objects.create(
        business_entity=invoice.business_entity,
        invoice=invoice,
        approval=approval,
        amount=amount,
        written_off_on=clock.today(),
    )
    _book(made, amount)


def _end(write_off: WriteOff, why: str) -> None:
    write_off.is_active, write_off.note = False, why[:500]
    write_off.save(update_fields=["is_active", "note"])
    _book(write_off, -write_off.amount)


def _book(write_off: WriteOff, amount: Decimal) -> None:
    post_entry(
        business_entity=write_off.business_entity,
        kind=EntryKind.WRITE_OFF,
        on=clock.today(),
        source=ref_to(write_off),
        description=f"{write_off.invoice} {write_off.invoice.billing_organization}",
        postings=[(AccountRole.WRITE_OFF, amount), (AccountRole.DEBTORS, -amount)],
    )


def _refuse_settled(invoice: Invoice) -> None:
    if invoice.is_credit_note or invoice.status not in RECEIVABLE or invoice.balance <= ZERO:
        raise Conflict(gettext_lazy("Nothing is open of this document."), code="not_receivable", current=invoice.status)
