"""Who owes what, and for how long; and what passed between a company and one customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import DecimalField, F, Min, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from apps.core.money import ZERO
from apps.finance.models import Debtor, Invoice, Payment, WriteOff
from apps.finance.models.invoice import InvoiceQuerySet
from apps.organizations.models import Organization

# Days late, the first and the last of each bucket; the first bucket is what is not due yet.
BUCKETS: dict[str, tuple[int | None, int | None]] = {
    "not_due": (None, 0),
    "days_30": (1, 30),
    "days_60": (31, 60),
    "days_90": (61, 90),
    "older": (91, None),
}


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One document, payment or write-off on a customer's statement: EUR, debit above zero, with the balance after it."""

    day: date
    text: str
    reference: str
    amount: Decimal
    balance: Decimal
    record: Invoice | Payment | WriteOff


def aging(debtors: QuerySet[Debtor], *, invoices: InvoiceQuerySet, on: date) -> QuerySet[Debtor]:
    """Those who owe anything of these invoices, with `open_amount`, what of it is in each bucket, and `oldest_due`; who owes
    most comes first. What is asked of the rows afterwards must not join them with others: each would count twice.
    """
    open_of = (
        F("invoices__total_amount")
        - F("invoices__paid_amount")
        - F("invoices__credited_amount")
        - F("invoices__written_off_amount")
    )
    owing = debtors.filter(invoices__in=invoices.receivable().values("pk"))  # before the sums, so that they are over these alone
    buckets = {name: _total(open_of, filter=_late_by(bounds, on)) for name, bounds in BUCKETS.items()}
    found = owing.annotate(open_amount=_total(open_of), oldest_due=Min("invoices__due_date"), **buckets)
    return found.filter(open_amount__gt=0).order_by("-open_amount", "name")


def statement(customer: Organization, *, invoices: InvoiceQuerySet, until: date) -> Sequence[StatementLine]:
    """What these invoices and credit notes asked of a customer and what was paid of them, the first day first, each with the
    balance after it.
    """
    documents = invoices.filter(billing_organization=customer, invoice_number__isnull=False, invoice_date__lte=until)
    paid = Q(allocations__invoice__in=documents.values("pk"), allocations__is_active=True)
    given = Payment.objects.filter(paid, payment_date__lte=until).annotate(given=Sum("allocations__amount", filter=paid))
    entries = [
        (each.invoice_date, 0, each.get_invoice_type_display(), str(each.invoice_number), each.total_amount, each)
        for each in documents
    ]
    entries += [(each.payment_date, 1, _("Payment"), each.payment_number, -each.given, each) for each in given]
    given_up = WriteOff.objects.filter(invoice__in=documents.values("pk"), is_active=True, written_off_on__lte=until)
    entries += [
        (each.written_off_on, 2, _("Write-off"), str(each.invoice), -each.amount, each)
        for each in given_up.select_related("invoice")
    ]
    entries.sort(key=lambda entry: (entry[0], entry[1], entry[3]))
    balances = accumulate((entry[4] for entry in entries), initial=ZERO)
    next(balances)
    return [
        StatementLine(day=day, text=text, reference=reference, amount=amount, balance=balance, record=record)
        for (day, _order, text, reference, amount, record), balance in zip(entries, balances, strict=True)
    ]


def _late_by(bounds: tuple[int | None, int | None], on: date) -> Q:
    first, last = bounds
    condition = Q() if first is None else Q(invoices__due_date__lte=on - timedelta(days=first))
    return condition if last is None else condition & Q(invoices__due_date__gte=on - timedelta(days=last))


def _total(amount: Any, **only: Any) -> Coalesce:
    return Coalesce(Sum(amount, **only), Value(ZERO), output_field=DecimalField(max_digits=14, decimal_places=2))
