"""What sold goods cost: booked with the invoice, taken back with its credit notes, to the cent."""

from decimal import Decimal

import pytest

from apps.finance import services
from apps.finance.models import InvoiceLine, JournalEntry
from apps.finance.services import CreditLine
from apps.orders.models import LineItem
from tests.factories.catalog import ArticleFactory
from tests.finance.conftest import balances, completed_order, generated, wrong_in


@pytest.fixture
def goods(company):
    """An order of three pieces that cost EUR 33.3350 each, and of one whose cost nobody knows."""
    order = completed_order(company, ("3", "50.00", "0.21"), ("1", "10.00", "0.21"))
    article = ArticleFactory(cost_price=Decimal("33.3350"))
    LineItem.objects.filter(order=order, line_order=1).update(article=article)
    return order


def cost(company):
    found = balances(company)
    assert found.get("7000", 0) == -found.get("3000", 0)
    assert wrong_in("goods_booked", "journal_balance") == []
    return found.get("7000", Decimal(0))


def test_an_invoice_books_what_its_goods_cost(company, goods):
    invoice = generated(goods)
    assert cost(company) == Decimal("100.01")  # 100.005
    entry = JournalEntry.objects.get(kind="cost_of_goods")
    assert (entry.source_id, entry.entry_date) == (invoice.pk, invoice.invoice_date)


def test_a_draft_books_nothing(company, goods):
    generated(goods, draft=True)
    assert cost(company) == 0


def test_credits_in_parts_end_at_nothing(company, goods):
    invoice = generated(goods)
    key = invoice.lines.get(line_order=1).pk
    left = []
    for _piece in range(3):
        services.invoice_credit(
            invoice=invoice, lines=[CreditLine(invoice_line_id=key, quantity=Decimal(1))], reason="Retour", by=None
        )
        left.append(cost(company))
    assert left == [Decimal("66.67"), Decimal("33.34"), 0]
    services.invoice_credit(invoice=invoice, reason="De rest", by=None)
    assert cost(company) == 0


def test_a_cost_price_that_changes_later_changes_nothing_that_stands(company, goods):
    invoice = generated(goods)
    article = LineItem.objects.get(order=goods, line_order=1).article
    article.cost_price = Decimal("99.0000")
    article.save()
    services.invoice_credit(invoice=invoice, reason="Alles", by=None)
    assert cost(company) == 0
    assert set(InvoiceLine.objects.values_list("unit_cost", flat=True)) == {Decimal("33.3350"), None}


def test_without_a_cost_price_there_is_no_entry(company):
    generated(completed_order(company))
    assert not JournalEntry.objects.filter(kind="cost_of_goods").exists()
