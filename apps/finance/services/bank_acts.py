"""What is done with a line of the bank: it pays invoices, stands on account, is left alone; and all of that is undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import Conflict, FieldError, Malformed, Text
from apps.core.money import ZERO
from apps.core.records import RecordRef
from apps.finance.choices import FREE, UNDECIDED, AccountRole, BatchStatus, EntryKind, LineState, MatchRule
from apps.finance.models import BankTransaction, Invoice, JournalEntry, MatchProposal, Payment, PaymentBatch, PaymentBatchLine
from apps.finance.services.bank_states import lock_line, settle_line
from apps.finance.services.execute import execute_payout
from apps.finance.services.ledger import post_entry, reverse_entry
from apps.finance.services.payments import Share, pay, payment_of_line, take_back
from apps.finance.services.provider_payouts import take_back_settlement
from apps.finance.services.standing import lock_invoices


@dataclass(frozen=True, kw_only=True)
class Part:
    """So much for one invoice; None: what is open of it, as far as the money goes."""

    invoice: Invoice
    amount: Decimal | None = None


@transaction.atomic
def bank_line_match(
    *, bank_transaction: BankTransaction, parts: Sequence[Part], rule: MatchRule = MatchRule.PERSON, exact: bool = False
) -> Payment:
    """Have a line pay these invoices; what is left of it stands on account.

    `exact`: only if each part still is all that is open of its invoice.

    Raises:
        Conflict: line_settled, when somebody was first; not_receivable; not_open_as_thought.
        Malformed: no_invoices, invoice_of_other_entity, amount_not_free.
    """
    line = lock_line(bank_transaction, FREE)
    if not parts:
        raise _malformed("no_invoices", _("Name at least one invoice."))
    invoices = lock_invoices(part.invoice for part in parts)
    payment = payment_of_line(line)
    for part in parts:
        _pay_part(payment, invoices[part.invoice.pk], part.amount, exact=exact)
    settle_line(line, LineState.MATCHED, matched_by=rule, is_by_hand=rule == MatchRule.PERSON)
    return payment


@transaction.atomic
def proposal_accept(*, proposal: MatchProposal, by: User | None) -> Payment:
    """Do what was proposed.

    Raises:
        Conflict: proposal_gone; and see `bank_line_match`.
    """
    line = lock_line(proposal.bank_transaction, UNDECIDED)
    current = MatchProposal.objects.filter(pk=proposal.pk, bank_transaction=line).first()
    if current is None:
        raise Conflict(_("This proposal is gone: the line was looked at again."), code="proposal_gone")
    if not current.parts:
        return bank_line_on_account(bank_transaction=line, by=by)
    found = Invoice.objects.in_bulk([part["invoice"] for part in current.parts])
    by_key = {str(key): invoice for key, invoice in found.items()}
    parts = [Part(invoice=by_key[part["invoice"]]) for part in current.parts]
    payment = bank_line_match(bank_transaction=line, parts=parts, rule=MatchRule(current.rule))
    BankTransaction.objects.filter(pk=line.pk).update(is_by_hand=True)
    return payment


@transaction.atomic
def bank_line_on_account(*, bank_transaction: BankTransaction, by: User | None, note: str = "") -> Payment:
    """Leave what came in on account: a payment that no invoice has taken yet.

    Raises:
        Conflict: line_settled.
    """
    line = lock_line(bank_transaction, UNDECIDED)
    payment = payment_of_line(line)
    settle_line(line, LineState.ON_ACCOUNT, is_by_hand=True, note=note or line.note)
    return payment


@transaction.atomic
def bank_line_payout(*, bank_transaction: BankTransaction, fee: Decimal, by: User | None) -> Payment:
    """The line is a payout of a payment provider, who kept a fee: the customers paid the sum of the two.

    Raises:
        Conflict: line_settled.
        Malformed: not_positive.
    """
    if not ZERO < fee < Decimal(1_000_000):
        raise _malformed("not_positive", _("More than nothing."), pointer="/fee")
    line = lock_line(bank_transaction, UNDECIDED)
    payment = payment_of_line(line)
    payment.amount = line.amount + fee
    payment.save(update_fields=["amount"])
    post_entry(
        business_entity=line.business_entity,
        kind=EntryKind.BANK,
        on=clock.today(),
        source=RecordRef(entity_type="payment", entity_id=payment.pk),
        description=f"{payment.payment_number} {line.counterparty_name}".strip(),
        postings=[(AccountRole.PAYMENT_COSTS, fee), (AccountRole.UNMATCHED, -fee)],
    )
    settle_line(line, LineState.ON_ACCOUNT, is_by_hand=True)
    return payment


@transaction.atomic
def bank_line_transfers(
    *,
    bank_transaction: BankTransaction,
    transfers: Sequence[PaymentBatchLine],
    by: User | None,
    rule: MatchRule = MatchRule.PERSON,
) -> BankTransaction:
    """The line tells what the bank paid of transfers of ours. A batch that nobody had put down as paid is, by this.

    Raises:
        Conflict: line_settled; transfer_told, when another line told of one, or its batch was dropped.
        Malformed: amount_differs.
        Refused, Forbidden: see `execute_payout`.
    """
    line = lock_line(bank_transaction, (LineState.OUTGOING,))
    for batch in PaymentBatch.objects.filter(lines__in=transfers, status=BatchStatus.OPEN).distinct().order_by("pk"):
        execute_payout(batch=batch, by=by)
    told = PaymentBatchLine.objects.filter(
        pk__in=[each.pk for each in transfers],
        batch__status=BatchStatus.EXECUTED,
        batch__bank_account=line.bank_account_id,
        bank_transaction=None,
    )
    held = list(told.select_for_update(of=("self",)).order_by("pk"))
    if len(held) != len(transfers):
        raise Conflict(_("Another line told of this already, or it is not paid."), code="transfer_told")
    total = sum((each.amount for each in held), ZERO)
    if total != -line.amount:
        raise _malformed("amount_differs", _("These transfers come to %(total)s.") % {"total": total}, pointer="/transfers")
    PaymentBatchLine.objects.filter(pk__in=[each.pk for each in held]).update(bank_transaction=line)
    post_entry(
        business_entity=line.business_entity,
        kind=EntryKind.PAYOUT,
        on=clock.today(),
        source=RecordRef(entity_type="bank_transaction", entity_id=line.pk),
        description=f"{held[0].end_to_end_id} {line.counterparty_name}".strip(),
        postings=[(AccountRole.UNDER_WAY, total), (AccountRole.UNMATCHED, -total)],
    )
    return settle_line(line, LineState.MATCHED, matched_by=rule, is_by_hand=rule == MatchRule.PERSON)


@transaction.atomic
def bank_line_ignore(*, bank_transaction: BankTransaction, reason: str, by: User | None) -> BankTransaction:
    """The line is no payment of a customer, or none of ours to deal with here.

    Raises:
        Conflict: line_settled.
        Malformed: reason_required.
    """
    if not reason.strip():
        raise _malformed("reason_required", _("Say why."), pointer="/reason")
    line = lock_line(bank_transaction, (*UNDECIDED, LineState.OUTGOING))
    return settle_line(line, LineState.IGNORED, is_by_hand=True, note=reason)


@transaction.atomic
def bank_line_note(*, bank_transaction: BankTransaction, note: str, by: User | None) -> BankTransaction:
    """Write something down beside a line."""
    line = lock_line(bank_transaction, tuple(LineState))
    line.note = note
    line.save(update_fields=["note"])
    return line


@transaction.atomic
def bank_line_undo(*, bank_transaction: BankTransaction, by: User | None) -> BankTransaction:
    """Take back what was done with a line: its invoices are open again, and a person decides what it is.

    Raises:
        Conflict: nothing_to_undo; refunded, where what stands without a fee would be less than what went back.
    """
    line = lock_line(bank_transaction, (LineState.MATCHED, LineState.ON_ACCOUNT, LineState.IGNORED), code="nothing_to_undo")
    payment = Payment.objects.filter(bank_transaction=line).first()
    if payment is not None:
        for allocation in payment.allocations.filter(is_active=True).order_by("invoice__order", "invoice"):
            take_back(allocation=allocation)
        _take_back_fee(line, payment)
    take_back_settlement(line)
    _take_back_transfers(line)
    state = LineState.OPEN if line.amount > ZERO else LineState.OUTGOING
    return settle_line(line, state, is_by_hand=True)


def _take_back_transfers(line: BankTransaction) -> None:
    """What the line told of is under way again."""
    PaymentBatchLine.objects.filter(bank_transaction=line).update(bank_transaction=None)
    for entry in JournalEntry.objects.of("bank_transaction", line.pk).filter(kind=EntryKind.PAYOUT, reversed_by=None):
        reverse_entry(entry=entry, on=clock.today(), reason=str(_("Undone")))


def _take_back_fee(line: BankTransaction, payment: Payment) -> None:
    fees = JournalEntry.objects.of("payment", payment.pk).filter(kind=EntryKind.BANK, reversed_by=None)
    for entry in fees:
        reverse_entry(entry=entry, on=clock.today(), reason=str(_("Undone")))
    held = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if held.refunded > line.amount:
        raise Conflict(_("More went back of this payment than the line alone gives."), code="refunded")
    if held.amount != line.amount:
        held.amount = line.amount
        held.save(update_fields=["amount"])


def _pay_part(payment: Payment, invoice: Invoice, amount: Decimal | None, *, exact: bool) -> None:
    if invoice.business_entity_id != payment.business_entity_id:
        raise _malformed("invoice_of_other_entity", _("%(invoice)s is an invoice of another company.") % {"invoice": invoice})
    if exact and invoice.balance != amount:
        raise Conflict(_("The invoice is not open for this amount any more."), code="not_open_as_thought")
    free = Payment.objects.get(pk=payment.pk).on_account
    most = min(free, invoice.balance)
    wanted = most if amount is None else amount
    if invoice.balance > ZERO and not ZERO < wanted <= most:
        detail = _("%(invoice)s: at most %(most)s.") % {"invoice": invoice, "most": most}
        raise _malformed("amount_not_free", detail)
    pay([Share(payment=payment, invoice=invoice, amount=wanted)])


def _malformed(code: str, detail: Text, *, pointer: str = "/invoices") -> Malformed:
    return Malformed(fields=[FieldError(pointer=pointer, code=code, detail=detail)])
