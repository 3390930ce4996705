"""Money that came in: booked on the day, given to the invoices that it pays, and taken back where that was wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.bulk import insert_many
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.money import ZERO
from apps.core.records import RecordRef
from apps.core.transactions import lock_name
from apps.finance.choices import RECEIVABLE, AccountRole, EntryKind, PaymentMethod
from apps.finance.models import BankTransaction, Invoice, Payment, PaymentAllocation
from apps.finance.services.ledger import Booking, Posting, post_entries
from apps.finance.services.standing import lock_invoice, refresh_standing, refresh_standings
from apps.finance.services.write_offs import ask_for_small_differences, forgive_small_difference, free_written_off
from apps.organizations.choices import DocumentType
from apps.organizations.models import BusinessEntity
from apps.organizations.services import generate_entity_number, generate_entity_numbers


@transaction.atomic
def payment_receive(
    *,
    business_entity: BusinessEntity,
    amount: Decimal,
    payment_date: date,
    payment_method: str,
    invoice: Invoice | None = None,
    external_reference: str = "",
    received_on: AccountRole = AccountRole.BANK,
) -> Payment:
    """Book an amount that came in; an invoice takes what it needs of it, the rest stays on account.

    `received_on`: where the money is, as long as a payment provider has it.

    Raises:
        Malformed: not_positive, in_the_future, invoice_of_other_entity.
        Conflict: payment_known, when this reference came in before; not_receivable.
        Refused: period_closed, account_missing.
    """
    _refuse_unreadable(business_entity, amount, payment_date, invoice)
    locked = lock_invoice(invoice) if invoice is not None else None
    _refuse_known(business_entity, payment_method, external_reference)
    payment = Payment.objects.create(
        business_entity=business_entity,
        payment_number=generate_entity_number(
            business_entity=business_entity, document_type=DocumentType.PAYMENT, on_date=payment_date
        ),
        amount=amount,
        payment_date=payment_date,
        payment_method=payment_method,
        external_reference=external_reference,
    )
    _book(payment, EntryKind.PAYMENT, payment_date, [(received_on, amount), (AccountRole.UNMATCHED, -amount)])
    if locked is not None:
        pay([Share(payment=payment, invoice=locked, amount=min(amount, locked.balance))])
    return payment


@transaction.atomic
def allocate(*, payment: Payment, invoice: Invoice, amount: Decimal | None = None) -> PaymentAllocation:
    """Have a payment pay an invoice: with all that is free and open, or with so much.

    Raises:
        Conflict: not_receivable.
        Malformed: invoice_of_other_entity, amount_not_free.
    """
    locked = lock_invoice(invoice)
    held = lock_payment(payment)
    _refuse_other_entity(held.business_entity, locked)
    most = min(held.on_account, locked.balance)
    wanted = most if amount is None else amount
    if not ZERO < wanted <= most:
        raise Malformed(
            fields=[FieldError(pointer="/amount", code="amount_not_free", detail=_("At most %(most)s.") % {"most": most})]
        )
    pay([Share(payment=held, invoice=locked, amount=wanted)])
    return PaymentAllocation.objects.get(payment=held, invoice=locked, is_active=True)


@transaction.atomic
def take_back(*, allocation: PaymentAllocation) -> Payment:
    """Undo an allocation: the invoice is open again, the money is on account again.

    Raises:
        Conflict: taken_back, when it was undone before.
    """
    invoice = lock_invoice(allocation.invoice)
    payment = lock_payment(allocation.payment)
    current = PaymentAllocation.objects.get(pk=allocation.pk)
    if not current.is_active:
        raise Conflict(_("This was taken back before."), code="taken_back")
    _end(current, payment)
    ask_for_small_differences(invoice)
    refresh_standing(invoice)
    return payment


def lock_payment(payment: Payment) -> Payment:
    """The payment as it is now, behind its lock, which comes after those of orders and invoices."""
    held: Payment = Payment.objects.select_for_update(of=("self",)).select_related("business_entity").get(pk=payment.pk)
    return held


def payment_of_line(line: BankTransaction) -> Payment:
    """The payment of a locked bank line, with its lock; made when there is none. The line itself has booked the money."""
    found: Payment | None = (
        Payment.objects.select_for_update(of=("self",)).select_related("business_entity").filter(bank_transaction=line).first()
    )
    if found is not None:
        return found
    [made] = payments_of_lines(line.business_entity, [line])
    return made


def payments_of_lines(business_entity: BusinessEntity, lines: Sequence[BankTransaction]) -> list[Payment]:
    """Make the payments of locked bank lines of one company that have none."""
    # Of today: the days of a bank file may lie years back, in a series that is long closed.
    numbers = generate_entity_numbers(
        business_entity=business_entity, document_type=DocumentType.PAYMENT, on_date=clock.today(), count=len(lines)
    )
    made = [
        Payment(
            business_entity=business_entity,
            payment_number=number,
            amount=line.amount,
            payment_date=line.booking_date,
            payment_method=PaymentMethod.BANK_TRANSFER,
            bank_transaction=line,
        )
        for number, line in zip(numbers, lines, strict=True)
    ]
    insert_many(made)
    return made


@dataclass(frozen=True, kw_only=True)
class Share:
    """So much of a locked payment for a locked invoice."""

    payment: Payment
    invoice: Invoice
    amount: Decimal


def pay(shares: Sequence[Share]) -> list[Invoice]:
    """Have payments of one company pay invoices, of which no two are of one order; gives these as they stand then.

    Raises:
        Conflict: not_receivable.
    """
    for share in shares:
        _refuse_not_receivable(share.invoice)
    _start(shares)
    for share in shares:
        forgive_small_difference(share.invoice, share.amount, limit=share.payment.business_entity.write_off_limit)
    return refresh_standings([share.invoice for share in shares])


def free_for_credit(invoice: Invoice, credited: Decimal) -> None:
    """Take back of the write-offs and payments of a locked invoice what a credit of so much makes too much, the latest first."""
    excess = credited - invoice.balance
    freed = free_written_off(invoice, excess)
    invoice.written_off_amount -= freed
    excess -= freed
    for allocation in (
        invoice.allocations.filter(is_active=True).select_related("payment__business_entity").order_by("-created_at")
    ):
        if excess <= ZERO:
            return
        keeps = max(allocation.amount - excess, ZERO)
        _end(allocation, allocation.payment)
        if keeps > ZERO:
            _start([Share(payment=allocation.payment, invoice=invoice, amount=keeps)])
        excess -= allocation.amount - keeps
    invoice.paid_amount = sum((each.amount for each in invoice.allocations.filter(is_active=True)), ZERO)
    invoice.save(update_fields=["paid_amount", "written_off_amount"])


def _refuse_not_receivable(invoice: Invoice) -> None:
    if invoice.is_credit_note or invoice.status not in RECEIVABLE or invoice.balance <= ZERO:
        raise Conflict(_("No payment is expected for this document."), code="not_receivable", current=invoice.status)


def _start(shares: Sequence[Share]) -> list[PaymentAllocation]:
    today = clock.today()
    post_entries(
        _booking(
            each.payment, EntryKind.ALLOCATION, today, [(AccountRole.UNMATCHED, each.amount), (AccountRole.DEBTORS, -each.amount)]
        )
        for each in shares
    )
    allocations = [PaymentAllocation(payment=each.payment, invoice=each.invoice, amount=each.amount) for each in shares]
    insert_many(allocations)
    return allocations


def _end(allocation: PaymentAllocation, payment: Payment) -> None:
    allocation.is_active = False
    allocation.save(update_fields=["is_active"])
    amount = allocation.amount
    _book(payment, EntryKind.ALLOCATION, clock.today(), [(AccountRole.DEBTORS, amount), (AccountRole.UNMATCHED, -amount)])


def _book(payment: Payment, kind: EntryKind, on: date, postings: list[Posting]) -> None:
    post_entries([_booking(payment, kind, on, postings)])


def _booking(payment: Payment, kind: EntryKind, on: date, postings: list[Posting]) -> Booking:
    return Booking(
        business_entity=payment.business_entity,
        kind=kind,
        on=on,
        source=RecordRef(entity_type="payment", entity_id=payment.pk),
        description=f"{payment.payment_number} {payment.external_reference}".strip(),
        postings=postings,
    )


def _refuse_known(business_entity: BusinessEntity, method: str, reference: str) -> None:
    if not reference:
        return
    lock_name(f"payment:{business_entity.pk}:{method}:{reference}")
    if Payment.objects.filter(business_entity=business_entity, payment_method=method, external_reference=reference).exists():
        raise Conflict(_("A payment with this reference came in before."), code="payment_known")


def _refuse_unreadable(business_entity: BusinessEntity, amount: Decimal, on: date, invoice: Invoice | None) -> None:
    wrong = []
    if amount <= ZERO:
        wrong.append(FieldError(pointer="/amount", code="not_positive", detail=_("More than nothing.")))
    if on > clock.today():
        wrong.append(FieldError(pointer="/payment_date", code="in_the_future", detail=_("Today or before.")))
    if wrong:
        raise Malformed(fields=wrong)
    if invoice is not None:
        _refuse_other_entity(business_entity, invoice)


def _refuse_other_entity(business_entity: BusinessEntity, invoice: Invoice) -> None:
    if invoice.business_entity_id != business_entity.pk:
        raise Malformed(
            fields=[
                FieldError(
                    pointer="/invoice_id", code="invoice_of_other_entity", detail=_("This is an invoice of another company.")
                )
            ]
        )
