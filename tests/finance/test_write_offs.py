"""What is given up: a rest that two people write off, and differences too small to ask for."""

from decimal import Decimal

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.core import clock
from apps.core.errors import Conflict, DomainError, Forbidden, Malformed, Refused
from apps.finance import services
from apps.finance.models import BankTransaction, Debtor, Invoice, JournalEntry, PaymentAllocation, WriteOff
from apps.finance.queries import aging, statement
from apps.organizations import services as approvals
from apps.organizations.models import ApprovalRequest
from tests.concurrency import together
from tests.factories.finance import CommissionRuleFactory
from tests.factories.organizations import OrganizationFactory
from tests.finance.banking import Line, camt, kept, our_account
from tests.finance.conftest import balances, company_with_books, completed_order, generated, money_of, wrong_in
from tests.orders.conftest import user_with
from tests.transactions import undone

CHECKS = ("write_offs", "invoice_paid", "invoice_booked", "unmatched", "journal_balance", "commission_booked")


def invoiced(company, price="100.00"):
    return generated(completed_order(company, ("1", price, "0.21")))


def pay(company, invoice, amount):
    return services.payment_receive(
        business_entity=company, amount=Decimal(amount), payment_date=clock.today(), payment_method="ideal", invoice=now(invoice)
    )


def now(record):
    return type(record).objects.get(pk=record.pk)


@pytest.fixture
def clerk(company):
    return user_with("finance.invoices", entity=company)


@pytest.fixture
def manager(company):
    return user_with("finance.approve", entity=company)


def written_off(invoice, clerk, manager):
    approval = services.write_off_request(invoice=invoice, reason="Failliet", by=clerk)
    approvals.approve_request(approval=approval, by=manager)
    return WriteOff.objects.get(invoice=invoice, is_active=True)


def loss_of(company):
    code = company.ledger_accounts.get(role="write_off").code
    return balances(company).get(code, Decimal(0))


def owed(company):
    return [each.open_amount for each in aging(Debtor.objects.all(), invoices=Invoice.objects.all(), on=clock.today())]


def test_what_two_people_give_up_is_open_no_more(company, clerk, manager):
    invoice = invoiced(company)
    pay(company, invoice, "21.00")
    approval = services.write_off_request(invoice=invoice, reason="Failliet", by=clerk)
    assert (now(invoice).balance, WriteOff.objects.count(), approval.amount) == (Decimal(100), 0, Decimal(100))

    approvals.approve_request(approval=approval, by=manager)

    standing = now(invoice)
    assert (standing.status, standing.balance, standing.paid_amount, standing.written_off_amount) == ("paid", 0, 21, 100)
    assert (loss_of(company), balances(company).get("1300"), owed(company)) == (Decimal(100), None, [])
    assert JournalEntry.objects.of("write_off", WriteOff.objects.get().pk).get().kind == "write_off"
    lines = statement(invoice.billing_organization, invoices=Invoice.objects.all(), until=clock.today())
    assert ([each.amount for each in lines], lines[-1].balance) == ([121, -21, -100], 0)
    assert wrong_in(*CHECKS) == []


@pytest.mark.parametrize(("who", "refusal"), [("clerk", Refused), ("colleague", Forbidden)])
def test_one_person_alone_gives_up_nothing(company, clerk, who, refusal):
    invoice = invoiced(company)
    approval = services.write_off_request(invoice=invoice, reason="Failliet", by=clerk)
    people = {"clerk": clerk, "colleague": user_with("finance.invoices", "finance.payments", entity=company)}
    with pytest.raises(refusal):
        approvals.approve_request(approval=approval, by=people[who])
    assert (now(invoice).balance, WriteOff.objects.count(), loss_of(company)) == (Decimal(121), 0, 0)


def test_what_was_paid_since_is_not_given_up(company, clerk, manager):
    invoice = invoiced(company)
    approval = services.write_off_request(invoice=invoice, reason="Failliet", by=clerk)
    pay(company, invoice, "0.01")
    with pytest.raises(Conflict) as refusal:
        approvals.approve_request(approval=approval, by=manager)
    assert (refusal.value.code, now(approval).state, WriteOff.objects.count()) == ("not_open_as_thought", "waiting", 0)


def test_what_is_settled_or_a_draft_is_not_written_off(company, clerk):
    paid, draft = invoiced(company), generated(completed_order(company), draft=True)
    pay(company, paid, "121.00")
    note = services.invoice_credit(invoice=invoiced(company), reason="Fout", by=None)
    for document in (now(paid), draft, note):
        with pytest.raises(Conflict) as refusal:
            services.write_off_request(invoice=document, reason="x", by=clerk)
        assert refusal.value.code == "not_receivable"
    assert ApprovalRequest.objects.count() == 0


@pytest.mark.parametrize("paid", ["0.00", "21.00"])
def test_undone_it_is_asked_for_again(company, clerk, manager, paid):
    invoice = invoiced(company)
    if Decimal(paid):
        pay(company, invoice, paid)
    write_off = written_off(invoice, clerk, manager)
    services.write_off_undo(write_off=write_off, reason="Betaalt toch", by=manager)
    standing = now(invoice)
    assert (standing.balance, standing.written_off_amount) == (Decimal(121) - Decimal(paid), 0)
    assert standing.status == ("partially_paid" if Decimal(paid) else "sent")
    assert (loss_of(company), now(write_off).is_active, now(write_off).note) == (0, False, "Betaalt toch")
    with pytest.raises(Conflict):
        services.write_off_undo(write_off=write_off, reason="x", by=manager)
    pay(company, invoice, str(standing.balance))
    assert now(invoice).status == "paid"
    assert wrong_in(*CHECKS) == []


def test_a_credit_takes_of_what_was_given_up_first(company, clerk, manager):
    order = completed_order(company, ("1", "100.00", "0.21"), ("1", "10.00", "0.21"))
    invoice = generated(order)
    pay(company, invoice, "100.00")
    written_off(invoice, clerk, manager)  # 33.10
    small = invoice.lines.get(total="10.00")
    services.invoice_credit(invoice=now(invoice), lines=[services.CreditLine(invoice_line_id=small.pk)], reason="Retour", by=None)
    standing = now(invoice)
    assert (standing.paid_amount, standing.credited_amount, standing.written_off_amount, standing.balance) == (
        Decimal("100.00"), Decimal("12.10"), Decimal("21.00"), 0,
    )  # fmt: skip
    assert loss_of(company) == Decimal("21.00")
    assert wrong_in(*CHECKS) == []

    services.invoice_credit(invoice=standing, reason="Retour", by=None)
    standing = now(invoice)
    assert (standing.status, standing.paid_amount, standing.written_off_amount) == ("credited", 0, 0)
    assert loss_of(company) == 0
    assert wrong_in(*CHECKS) == []


def test_of_a_bad_debt_no_partner_earns(company, clerk, manager):
    partner = OrganizationFactory(partner=True)
    CommissionRuleFactory(organization=partner, business_entity=None, auto_approve_below=Decimal(1000))
    order = completed_order(company, ("1", "100.00", "0.21"), partner_organization=partner)
    invoice = generated(order)
    services.refresh_commissions(order=order)
    commission = invoice.commissions.get()
    written_off(invoice, clerk, manager)
    commission = now(commission)
    assert (now(invoice).status, commission.is_due, type(commission).objects.due().count()) == ("paid", False, 0)
    assert money_of(order) == ("invoiced", "unpaid")
    with pytest.raises(Refused):
        services.prepare_payout(business_entity=company, execution_date=clock.today(), by=None)


@pytest.fixture
def lenient(company):
    company.write_off_limit = Decimal("0.05")
    company.save()
    return company


@pytest.mark.parametrize(
    ("amount", "status", "lost"), [("120.95", "paid", "0.05"), ("120.94", "partially_paid", "0.00"), ("121.00", "paid", "0.00")]
)
def test_what_is_too_little_by_so_much_closes_the_invoice(lenient, amount, status, lost):
    invoice = invoiced(lenient)
    payment = pay(lenient, invoice, amount)
    assert (now(invoice).status, loss_of(lenient), now(invoice).written_off_amount) == (status, Decimal(lost), Decimal(lost))
    assert wrong_in(*CHECKS) == []

    services.take_back(allocation=PaymentAllocation.objects.get(payment=payment))
    assert (now(invoice).balance, loss_of(lenient)) == (Decimal("121.00"), 0)
    assert wrong_in(*CHECKS) == []


def test_without_a_limit_nothing_goes_by_itself(company):
    invoice = invoiced(company)
    pay(company, invoice, "120.99")
    assert (now(invoice).status, WriteOff.objects.count()) == ("partially_paid", 0)


@pytest.mark.usefixtures("data_dir")
@pytest.mark.parametrize(("amount", "state", "status"), [("120.96", "matched", "paid"), ("120.94", "proposed", "sent")])
def test_on_the_bank_a_number_and_a_little_too_little_is_sure(lenient, amount, state, status):
    our_account(lenient)
    invoice = invoiced(lenient)
    before = invoice.status
    kept(camt(Line(amount, f"factuur {invoice.invoice_number}")))
    services.payment_reconcile()
    line = BankTransaction.objects.get()
    assert (line.state, now(invoice).status) == (state, status if state == "matched" else before)
    if state == "matched":
        services.bank_line_undo(bank_transaction=line, by=None)
        assert (now(invoice).balance, loss_of(lenient)) == (Decimal("121.00"), 0)
    assert wrong_in(*CHECKS) == []


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paid=st.integers(0, 120_99), credited=st.booleans(), is_undone=st.booleans(), limit=st.integers(0, 25_00))
def test_whatever_is_given_up_all_agree(company, clerk, manager, paid, credited, is_undone, limit):
    with undone():
        company.write_off_limit = Decimal(limit) / 100
        company.save()
        invoice = invoiced(company)
        if paid:
            pay(company, invoice, str(Decimal(paid) / 100))
        if now(invoice).balance:
            write_off = written_off(invoice, clerk, manager)
            if is_undone:
                services.write_off_undo(write_off=write_off, reason="Toch niet", by=manager)
        if credited:
            services.invoice_credit(invoice=now(invoice), reason="Retour", by=None)
        standing = now(invoice)
        assert standing.balance == standing.total_amount - standing.paid_amount - standing.credited_amount - loss_of(company)
        assert balances(company).get("1300", 0) == standing.balance
        assert wrong_in(*CHECKS) == []


def test_paying_while_it_is_written_off_loses_nothing(real_commits):
    company = company_with_books()
    clerk, manager = user_with("finance.invoices", entity=company), user_with("finance.approve", entity=company)
    for _round in range(3):
        invoice = invoiced(company)
        approval = services.write_off_request(invoice=invoice, reason="Failliet", by=clerk)
        results = together(
            [
                lambda invoice=invoice: pay(company, invoice, "121.00"),
                lambda approval=approval: approvals.approve_request(approval=approval, by=manager),
                lambda approval=approval: approvals.approve_request(approval=approval, by=manager),
            ]
        )
        assert [isinstance(each, DomainError) for each in results].count(True) == 2 or isinstance(
            results[0], Malformed | Conflict
        )
        standing = now(invoice)
        assert (standing.status, standing.balance, standing.paid_amount + standing.written_off_amount) == ("paid", 0, 121)
    assert wrong_in(*CHECKS) == []


def test_on_the_pages_it_is_asked_for_and_undone(company, clerk, manager, client):
    from django.contrib.auth.models import Permission

    rights = Permission.objects.filter(codename__in=("view_invoice", "view_approvalrequest", "view_writeoff"))
    for person in (clerk, manager):
        person.user_permissions.add(*rights)
    invoice = invoiced(company)
    client.force_login(clerk)
    client.post(reverse("admin:finance_invoice_button", args=[invoice.pk, "write-off-request"]), {"reason": "Failliet"})
    approval = ApprovalRequest.objects.get()
    client.force_login(manager)
    client.post(reverse("admin:organizations_approvalrequest_button", args=[approval.pk, "approve-request"]), {})
    assert now(invoice).balance == 0
    button = reverse("admin:finance_writeoff_button", args=[WriteOff.objects.get().pk, "write-off-undo"])
    client.force_login(clerk)
    client.post(button, {"reason": "x"})
    assert now(invoice).balance == 0
    client.force_login(manager)
    client.post(button, {"reason": "Betaalt toch"})
    assert now(invoice).balance == Decimal("121.00")
