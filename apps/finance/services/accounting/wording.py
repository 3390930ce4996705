"""What is booked, as a client of an accounting system takes it."""

from django.db import transaction
from django.utils.translation import gettext as _

from apps.finance.choices import NO_RATE, REDUCED_RATE, STANDARD_RATE, AccountingSystem, MappingSubject, VatCategory
from apps.finance.clients.accounting import Customer, Entry, EntryLine, Refusal
from apps.finance.documents.data import InvoiceDocument, VatSubtotal
from apps.finance.documents.filling import document_of
from apps.finance.models import AccountingCode, AccountingConnection, AccountingCustomer, AccountingHealth, Invoice
from apps.organizations.models import Organization

# Far from the numbers that people give their customers by hand.
FIRST_CUSTOMER = 900_000_000
LONGEST = 300

S = MappingSubject
VAT_SUBJECTS = {
    (VatCategory.STANDARD, STANDARD_RATE): S.VAT_STANDARD,
    (VatCategory.STANDARD, REDUCED_RATE): S.VAT_REDUCED,
    (VatCategory.ZERO, NO_RATE): S.VAT_ZERO,
    (VatCategory.REVERSE_CHARGE, NO_RATE): S.VAT_REVERSED,
    (VatCategory.EXEMPT, NO_RATE): S.VAT_EXEMPT,
}
OF_EVERYBODY = (S.REVENUE, S.CREDITS, *VAT_SUBJECTS.values())
SUBJECTS: dict[str, tuple[MappingSubject, ...]] = {
    AccountingSystem.EXACT: (*OF_EVERYBODY, S.SALES_JOURNAL, S.CREDIT_JOURNAL),
    AccountingSystem.XERO: (*OF_EVERYBODY, S.BANK),
}


class Codes:
    """What a system calls things of ours."""

    def __init__(self, connection: AccountingConnection) -> None:
        self._codes = {MappingSubject(each.subject): each for each in connection.codes.all()}

    def of(self, subject: MappingSubject) -> str:
        """The code there.

        Raises:
            Refusal: code_missing.
        """
        return self.row(subject).code

    def row(self, subject: MappingSubject) -> AccountingCode:
        found = self._codes.get(subject)
        if found is None or not found.code:
            raise Refusal("code_missing", _("Fill in the %(subject)s.") % {"subject": subject.label})
        return found

    def missing(self, system: str) -> list[str]:
        """What a system needs and is not filled in."""
        filled = {subject for subject, each in self._codes.items() if each.code}
        return [str(subject.label) for subject in SUBJECTS[system] if subject not in filled]


def entry_of(invoice: Invoice, codes: Codes, *, account: str, journal: str = "") -> Entry:
    """A document as it is to be booked, on the account that the system calls `account`.

    One line for each VAT code, with the amounts of the document itself: a system that works VAT out per line would differ
    by cents.

    Raises:
        Refusal: code_missing.
    """
    document = document_of(invoice)
    order_number = document.references.order_number
    return Entry(
        number=document.number,
        is_credit_note=document.is_credit_note,
        issued_on=document.issue_date,
        due_on=document.due_date or document.issue_date,
        reference=order_number,
        description=f"{document.buyer.name} {order_number}".strip(),
        lines=tuple(_line(document, each, codes, account) for each in document.vat if each.taxable or each.amount),
        journal=journal,
        blocked=document.g_account.amount if document.g_account else None,
    )


def customer_of(invoice: Invoice, connection: AccountingConnection) -> tuple[AccountingCustomer, Customer]:
    """Whoever is billed: what we remember of them for this connection, and as they stand on the document."""
    buyer = document_of(invoice).buyer
    known = _remembered(connection, invoice.billing_organization)
    return known, Customer(
        number=known.number, name=buyer.name, kvk_number=buyer.kvk_number, vat_number=buyer.vat_number, email=buyer.email
    )


@transaction.atomic
def _remembered(connection: AccountingConnection, organization: Organization) -> AccountingCustomer:
    """A customer's number there; a new one has the next, behind the lock that gives places in line too."""
    health = AccountingHealth.objects.select_for_update(of=("self",)).get(connection=connection)
    known = AccountingCustomer.objects.filter(connection=connection, organization=organization).first()
    if known is not None:
        return known
    number = health.last_customer + 1
    AccountingHealth.objects.filter(pk=health.pk).update(last_customer=number)
    return AccountingCustomer.objects.create(connection=connection, organization=organization, number=FIRST_CUSTOMER + number)


def _line(document: InvoiceDocument, group: VatSubtotal, codes: Codes, account: str) -> EntryLine:
    names = [line.description for line in document.lines if line.vat == group.vat]
    return EntryLine(
        account=account,
        vat_code=codes.of(VAT_SUBJECTS[group.vat.category, group.vat.rate]),
        amount=group.taxable,
        vat=group.amount,
        description="; ".join(names)[:LONGEST] or document.number,
    )
