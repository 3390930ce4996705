"""The bank in the back office: a file is sent, and a person settles what did not settle itself."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.accounts.choices import Role
from apps.finance import services
from apps.finance.models import BankFile, BankTransaction, Invoice
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory
from tests.finance.bank.reading import DAAN
from tests.finance.banking import Line, camt, our_account
from tests.finance.conftest import completed_order, generated
from tests.orders.conftest import load

pytestmark = pytest.mark.usefixtures("data_dir")


@pytest.fixture
def log_in(client, company):
    our_account(company)
    load("010_groups.json")

    def as_one_of(role):
        user = UserFactory(staff=True)
        user.groups.add(Group.objects.get(name=role))
        MembershipFactory(user=user, business_entity=company)
        client.force_login(user)
        return client

    return as_one_of


def send(client, *lines):
    """Send a file on its page, and have the worker read and match it."""
    document = SimpleUploadedFile("afschrift.xml", camt(*lines))
    answer = client.post(reverse("admin:finance_bankfile_add"), {"document": document}, follow=True)
    services.import_waiting_files()
    services.payment_reconcile()
    return answer


def page(line):
    return reverse("admin:finance_banktransaction_change", args=[line.pk])


def press(client, line, slug, **answers):
    return client.post(f"{page(line)[: -len('change/')]}do/{slug}/", answers, follow=True)


def the_line():
    return BankTransaction.objects.get()


def offered(client):
    return {each["button"].slug for each in client.get(page(the_line())).context["record_buttons"]}


def invoice_of(company, price="100.00"):
    return generated(completed_order(company, ("1", price, "0.21")))


def test_a_file_that_is_sent_is_read_and_what_is_sure_is_settled(log_in, company):
    invoice = invoice_of(company)
    finance = log_in(Role.FINANCE)

    assert send(finance, Line("121.00", invoice.invoice_number)).status_code == 200

    file = BankFile.objects.get()
    shown = finance.get(reverse("admin:finance_bankfile_change", args=[file.pk])).content.decode()
    assert (file.state, file.line_count, "afschrift.xml" in shown) == ("imported", 1, True)
    assert Invoice.objects.get().status == "paid"
    assert offered(finance) == {"bank-line-note", "bank-line-undo"}

    press(finance, the_line(), "bank-line-undo")
    assert (the_line().state, Invoice.objects.get().paid_amount) == ("open", Decimal("0.00"))


def test_a_proposal_is_accepted_with_its_evidence_in_sight(log_in, company):
    invoice = invoice_of(company)
    finance = log_in(Role.FINANCE)
    send(finance, Line("100.00", f"deel van {invoice.invoice_number}"))
    line = the_line()
    proposal = line.proposals.get()
    shown = finance.get(page(line)).content.decode()
    assert "Minder dan openstaat: €\xa021,00" in shown
    assert invoice.invoice_number in press(finance, line, "accept").content.decode()

    press(finance, line, "accept", proposal=str(proposal.pk))

    assert (the_line().state, Invoice.objects.get().status) == ("matched", "partially_paid")


def test_a_person_chooses_the_invoices_in_order(log_in, company):
    first, second = invoice_of(company), invoice_of(company, "50.00")
    finance = log_in(Role.FINANCE)
    send(finance, Line("150.00", "wie weet", iban=DAAN, name="Onbekend"))

    refused = press(finance, the_line(), "pay-invoices", invoices="INV-CC-2026-99999")
    assert "INV-CC-2026-99999" in refused.content.decode()
    assert the_line().state == "open"

    press(finance, the_line(), "pay-invoices", invoices=f"{first.invoice_number}, {second.invoice_number}")
    paid = {each.pk: each.paid_amount for each in Invoice.objects.all()}
    assert paid == {first.pk: Decimal("121.00"), second.pk: Decimal("29.00")}


def test_what_is_no_payment_is_left_alone_with_a_reason(log_in, company):
    finance = log_in(Role.FINANCE)
    send(finance, Line("9.99", "rente", iban=DAAN, name="Bank"))

    press(finance, the_line(), "bank-line-ignore", reason="Rente van de bank")

    assert (the_line().state, the_line().note) == ("ignored", "Rente van de bank")


def test_a_manager_reads_and_settles_nothing(log_in, company):
    send(log_in(Role.FINANCE), Line("9.99", "rente", iban=DAAN, name="Bank"))
    manager = log_in(Role.MANAGER)

    assert offered(manager) == set()
    press(manager, the_line(), "bank-line-ignore", reason="x")

    assert the_line().state == "open"
    assert manager.get(reverse("admin:finance_bankfile_add")).status_code == 403
