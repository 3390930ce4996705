"""An order and its money, as the bookkeeper tells it.

The work is done, and a partner brought it. The order is invoiced by itself, and the partner earns its part. The customer pays,
the bank's file says so, and the payment finds its invoice. Now the partner is due, and paid, and the bank tells of that too. The
month is summed up and closed, and the books balance.
"""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command

from apps.core import clock
from apps.core.errors import Refused
from apps.finance import services
from apps.finance.models import FinancialSummary, Invoice, PartnerCommission
from apps.finance.tasks import import_bank_files, invoice_completed_orders, update_financial_summaries
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.finance import CommissionRuleFactory
from tests.factories.organizations import OrganizationFactory
from tests.finance.banking import Line, camt, paying_from, send
from tests.finance.conftest import balances, company_with_books, completed_order, money_of
from tests.orders.conftest import Caller, load, user_with

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]


@pytest.fixture
def company():
    entity = paying_from(company_with_books())
    load("070_message_templates.json")
    CommunicationChannelFactory(business_entity=entity, channel_code="admin", is_primary=True)
    return entity


@pytest.fixture
def partner():
    brought_by = OrganizationFactory(partner=True, iban="NL91ABNA0417164300")
    CommissionRuleFactory(organization=brought_by, business_entity=None, auto_approve_below=Decimal("1000.00"))
    return brought_by


def month_of(company):
    today = clock.today()
    return FinancialSummary.objects.get(business_entity=company, year=today.year, month=today.month)


def test_from_the_work_done_to_a_closed_month(company, partner, client, deliver_events):
    bookkeeper = user_with("finance.payments")
    order = completed_order(company, ("1", "1000.00", "0.21"), partner_organization=partner)

    invoice_completed_orders()
    deliver_events()
    invoice = Invoice.objects.get()
    assert (invoice.status, money_of(order)) == ("sent", ("invoiced", "unpaid"))
    commission = PartnerCommission.objects.get()
    assert (commission.commission_amount, commission.status) == (Decimal("100.00"), "approved")
    with pytest.raises(Refused):
        services.prepare_payout(business_entity=company, execution_date=clock.today(), by=bookkeeper)  # not paid by the customer

    assert send(Caller(client, bookkeeper), camt(Line("1210.00", f"factuur {invoice.invoice_number} dank"))).status_code == 202
    import_bank_files()
    assert (Invoice.objects.get().status, money_of(order)) == ("paid", ("invoiced", "paid"))

    batch = services.prepare_payout(business_entity=company, execution_date=clock.today(), by=bookkeeper)
    services.execute_payout(batch=batch, by=bookkeeper)
    assert (PartnerCommission.objects.get().status, balances(company)["1190"]) == ("paid", Decimal(-100))

    went_out = Line("-100.00", f"SEPA batch {batch.batch_number}", name="Diverse", iban="")
    assert send(Caller(client, bookkeeper), camt(went_out, opening="1310.00", number="232")).status_code == 202
    import_bank_files()

    update_financial_summaries()
    month = month_of(company)
    assert (month.total_revenue, month.total_costs, month.total_profit) == (Decimal(1000), Decimal(100), Decimal(900))
    assert (month.invoice_count, month.payment_count, month.outstanding_amount) == (1, 1, Decimal(0))

    services.close_period(business_entity=company, until=clock.today())
    assert balances(company) == {
        "1100": Decimal(1110),
        "1520": Decimal(-210),
        "4600": Decimal(100),
        "8000": Decimal(-1000),
    }
    call_command("verify", stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1].endswith("no differences")
    call_command("export_ledger", "chargecars", stdout=(books := StringIO()))
    tomorrow = clock.today() + timedelta(days=1)
    assert f"{tomorrow} balance Assets:A1100  1110.00 EUR" in books.getvalue().splitlines()
