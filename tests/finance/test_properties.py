"""Whatever stands on an order, and however it is invoiced, paid and taken back: to the cent, and the books balance."""

from contextlib import suppress
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.core.errors import DomainError
from apps.core.money import round_cents
from apps.finance import services
from apps.finance.models import Invoice, InvoiceTax
from apps.finance.queries import trial_balance
from apps.finance.services import CreditLine
from tests.finance.conftest import completed_order, generated
from tests.transactions import undone

prices = st.decimals("0.0001", "9999.9999", places=4).map(str)
quantities = st.decimals("0.001", "99", places=3).map(str)
rates = st.sampled_from(["0.21", "0.09", "0.00"])
lines = st.lists(st.tuples(quantities, prices, rates), min_size=1, max_size=3)
SOME = settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def approving(company):
    company.invoice_approval_threshold = Decimal("9999999.00")
    company.save()
    return company


@SOME
@given(lines=lines)
def test_totals_are_the_sums_and_vat_is_rounded_per_rate(approving, lines):
    with undone():
        invoice = generated(completed_order(approving, *lines))

        assert invoice.subtotal_excl_tax == sum(line.total for line in invoice.lines.all())
        for tax in invoice.taxes.all():
            of_rate = [line.total for line in invoice.lines.all() if line.vat_rate == tax.vat_rate]
            assert (tax.taxable, tax.amount) == (sum(of_rate), round_cents(sum(of_rate) * tax.vat_rate))
        assert sum(each.balance for each in trial_balance(approving, until=clock.today())) == 0


@SOME
@given(lines=lines, shares=st.lists(st.tuples(st.integers(0, 4), quantities), max_size=3), paid=prices)
def test_credits_in_any_parts_end_at_nothing(approving, lines, shares, paid):
    """Parts of lines, in any order, some of them too much and refused; then all that is left."""
    with undone():
        invoice = generated(completed_order(approving, *lines))
        amount = min(round_cents(Decimal(paid)), invoice.total_amount)
        if amount > 0:
            services.payment_receive(
                business_entity=approving, amount=amount, payment_date=clock.today(), payment_method="ideal", invoice=invoice
            )
        keys = list(invoice.lines.values_list("pk", flat=True))
        for place, quantity in shares:
            part = CreditLine(invoice_line_id=keys[place % len(keys)], quantity=Decimal(quantity))
            with suppress(DomainError), transaction.atomic():  # more than is left is refused
                services.invoice_credit(invoice=invoice, lines=[part], reason="Deel", by=None)
            standing = Invoice.objects.get(pk=invoice.pk)
            assert standing.paid_amount + standing.credited_amount <= standing.total_amount
        with suppress(DomainError), transaction.atomic():  # the parts may have been all of it
            services.invoice_credit(invoice=invoice, reason="De rest", by=None)

        standing = Invoice.objects.get(pk=invoice.pk)
        assert (standing.paid_amount, standing.credited_amount) == (0, standing.total_amount)
        for tax in invoice.taxes.all():
            taken = InvoiceTax.objects.filter(invoice__credited_invoice=invoice, vat_rate=tax.vat_rate)
            assert sum(each.amount for each in taken) == -tax.amount
        balances = {each.account.role: each.balance for each in trial_balance(approving, until=clock.today())}
        assert sum(balances.values()) == 0
        assert (balances["debtors"], balances["vat_standard"], balances["vat_reduced"]) == (0, 0, 0)
        assert balances["unmatched_payments"] == -amount
