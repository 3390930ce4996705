"""An order on paper, as the business tells it.

The work is done. By itself the order is invoiced and the customer gets the invoice by mail, with the e-invoice in it. The day of
payment passes, and so it says; then the money comes in. One of the charging stations goes back, and the customer gets a credit
note. In the end every number is explained, the books agree, and each paper is what it was on its first day.
"""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command

from apps.communication.services import send_due_messages
from apps.core import clock
from apps.files.services import read_attachment
from apps.finance import services
from apps.finance.models import Invoice, Payment
from apps.finance.queries.numbers import given_numbers
from apps.finance.tasks import invoice_completed_orders, mark_overdue
from apps.orders.models import Order
from apps.organizations.models import NumberSequence
from tests.factories.communication import CommunicationChannelFactory
from tests.finance.conftest import company_with_books, completed_order
from tests.finance.documents.paper_reader import Paper
from tests.orders.conftest import load

pytestmark = pytest.mark.django_db
CHECKS = ["invoice_totals", "invoice_paid", "invoice_booked", "journal_balance", "invoice_numbers", "credit_note_numbers"]


@pytest.fixture
def company():
    entity = company_with_books()
    load("070_message_templates.json")
    CommunicationChannelFactory(business_entity=entity, channel_code="admin", is_primary=True)
    return entity


def standing(order):
    fresh = Order.objects.get(pk=order.pk)
    return fresh.billing_status, fresh.financial_status, [each.status for each in Invoice.objects.order_by("created_at")]


def letters():
    send_due_messages(limit=10)
    return [(letter.subject, [Paper(content) for _name, content, _kind in letter.attachments]) for letter in mail.outbox]


def test_from_the_work_done_to_a_credit_note(company, deliver_events):
    order = completed_order(company, ("2", "799.00", "0.21"), ("1", "450.00", "0.21"))

    invoice_completed_orders()
    deliver_events()
    assert standing(order) == ("invoiced", "unpaid", ["sent"])
    invoice = Invoice.objects.get()
    subject, (paper,) = letters()[0]
    assert subject == f"Factuur {invoice.invoice_number} van ChargeCars"
    assert "€ 2.478,08" in paper.text
    assert f'<cbc:PayableAmount currencyID="EUR">{invoice.total_amount}<'.encode() in paper.attachment

    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        mark_overdue()
        assert standing(order) == ("invoiced", "overdue", ["overdue"])
        services.payment_receive(
            business_entity=company,
            amount=Decimal("2478.08"),
            payment_date=clock.today(),
            payment_method="bank_transfer",
            invoice=invoice,
        )
        assert standing(order) == ("invoiced", "paid", ["paid"])

        line = invoice.lines.get(line_order=1)
        part = services.CreditLine(invoice_line_id=line.pk, quantity=Decimal(1))
        note = services.invoice_credit(invoice=invoice, lines=[part], reason="Eén laadpaal retour", by=None)
        deliver_events()
        subject, (credit,) = letters()[1]

    assert subject == f"Creditnota {note.invoice_number} van ChargeCars"
    assert "€ 966,79" in credit.text
    assert invoice.invoice_number in credit.text
    assert Payment.objects.get().on_account == Decimal("966.79")
    assert standing(order)[0] == "partially_invoiced"

    explained = [
        row.explained for series in NumberSequence.objects.exclude(document_type="payment") for row in given_numbers(series)
    ]
    assert len(explained) == 2
    call_command("verify", only=CHECKS, stdout=(said := StringIO()))
    assert said.getvalue().splitlines()[-1] == f"{len(CHECKS)} checks, no differences"
    assert read_attachment(services.papers_of(invoice).pdf) == paper.content
