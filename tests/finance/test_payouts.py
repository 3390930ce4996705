"""Paying partners: in batches, by another than who approved it, with a file that banks take, to the cent."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from apps.accounts.choices import Role
from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.errors import Conflict, DomainError, Forbidden, Malformed, Refused
from apps.finance import services
from apps.finance.documents.pain import ALLOWED, NAMESPACE, Account, Transfer, pain_001, sepa_text
from apps.finance.models import Invoice, PartnerCommission, PaymentBatch
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.finance import CommissionRuleFactory
from tests.factories.organizations import MembershipFactory, OrganizationFactory
from tests.finance.conftest import balances, company_with_books, completed_order, generated, wrong_in
from tests.orders.conftest import load, user_with

IBANS = ("NL91ABNA0417164300", "NL20INGB0001234567")
CHECKS = ("payouts", "commission_amounts", "commission_booked", "payment_batch_numbers", "journal_balance")


def partner_with(iban=IBANS[0], **fields):
    partner = OrganizationFactory(partner=True, iban=iban, **fields)
    CommissionRuleFactory(organization=partner, business_entity=None, auto_approve_below=Decimal("1000.00"))
    return partner


def earned(company, partner, price="100.00", *, paid=True):
    """A commission of a tenth, approved; the customer has paid, unless not."""
    order = completed_order(company, ("1", price, "0.21"), partner_organization=partner)
    invoice = generated(order)
    services.refresh_commissions(order=order)
    if paid:
        services.payment_receive(
            business_entity=company, amount=invoice.total_amount, payment_date=clock.today(), payment_method="ideal",
            invoice=Invoice.objects.get(pk=invoice.pk),
        )  # fmt: skip
    return PartnerCommission.objects.get(order=order)


def prepared(company, *, by=None, on=None):
    return services.prepare_payout(business_entity=company, execution_date=on or clock.today(), by=by)


def credit_all(commission):
    services.invoice_credit(invoice=commission.invoice, reason="Retour", by=None)
    services.refresh_commissions(order=commission.order)


def now(record):
    return type(record).objects.get(pk=record.pk)


@pytest.fixture
def payer(company):
    return user_with("finance.payments", entity=company)


def test_what_is_due_is_paid_once_and_booked(company, payer):
    first, second = partner_with(name="Aard B.V."), partner_with(IBANS[1], name="Zon B.V.", legal_name="Zonnestroom Holding B.V.")
    due = [earned(company, first), earned(company, first, "50.00"), earned(company, second)]
    waiting = earned(company, first, paid=False)

    batch = prepared(company, by=payer)

    lines = [(each.account_name, each.iban, str(each.amount), each.end_to_end_id) for each in batch.lines.all()]
    number = batch.batch_number
    assert number == f"OUT-CC-{clock.today().year}-00001"
    assert lines == [
        ("Aard B.V.", IBANS[0], "15.00", f"{number}-001"),
        ("Zonnestroom Holding B.V.", IBANS[1], "10.00", f"{number}-002"),
    ]
    assert (batch.total_amount, batch.status, batch.prepared_by) == (Decimal("25.00"), "open", payer)
    assert balances(company)["1600"] == Decimal("-35.00")
    with pytest.raises(Refused) as refusal:
        prepared(company, by=payer)
    assert refusal.value.code == "nothing_due"
    bank = balances(company)["1100"]

    executed = services.execute_payout(batch=batch, by=payer)

    assert (executed.status, executed.executed_on) == ("executed", clock.today())
    assert [(now(each).status, now(each).paid_amount == each.commission_amount) for each in due] == [("paid", True)] * 3
    assert [now(each).payment_date for each in due] == [clock.today()] * 3
    assert (now(waiting).status, now(waiting).paid_amount) == ("approved", 0)
    assert (balances(company)["1600"], balances(company)["1190"], balances(company)["1100"]) == (-10, -25, bank)
    with pytest.raises(Conflict):
        services.execute_payout(batch=batch, by=payer)
    assert wrong_in(*CHECKS) == []


def test_who_approves_does_not_pay(company):
    partner = partner_with()
    CommissionRuleFactory(organization=partner, business_entity=company)  # approved by a person
    commission = earned(company, partner)
    both = user_with("finance.payments", "finance.approve", entity=company)
    services.approve_commission(commission=commission, by=both)

    with pytest.raises(Refused) as refusal:
        prepared(company, by=both)
    assert (refusal.value.code, PaymentBatch.objects.count()) == ("two_people_needed", 0)

    batch = prepared(company, by=user_with("finance.payments", entity=company))
    with pytest.raises(Refused) as refusal:
        services.execute_payout(batch=batch, by=both)
    assert (refusal.value.code, now(batch).status, now(commission).status) == ("two_people_needed", "open", "approved")
    with pytest.raises(Forbidden):
        services.execute_payout(batch=batch, by=user_with("finance.approve", entity=company))
    assert now(batch).status == "open"


def test_a_cancelled_batch_makes_them_due_again(company, payer):
    commission = earned(company, partner_with())
    batch = prepared(company, by=payer)
    services.cancel_payout(batch=batch, reason="Verkeerde dag", by=payer)
    assert (now(batch).status, now(commission).paid_amount) == ("cancelled", 0)
    assert prepared(company, by=payer).total_amount == Decimal("10.00")
    assert wrong_in(*CHECKS) == []


def test_what_is_credited_after_payment_is_taken_off_the_next_payout(company, payer):
    partner = partner_with()
    paid = earned(company, partner)
    services.execute_payout(batch=prepared(company, by=payer), by=payer)
    credit_all(now(paid))
    assert (now(paid).status, now(paid).paid_amount) == ("reversed", Decimal("10.00"))

    earned(company, partner, "60.00")
    with pytest.raises(Refused) as refusal:  # 6 less 10 is nothing to pay
        prepared(company, by=payer)
    assert refusal.value.code == "nothing_due"

    earned(company, partner, "90.00")
    batch = prepared(company, by=payer)
    services.execute_payout(batch=batch, by=payer)
    assert batch.total_amount == Decimal("5.00")
    assert now(paid).paid_amount == 0
    assert "1600" not in balances(company)
    assert wrong_in(*CHECKS) == []


def test_a_credit_while_the_bank_pays_is_taken_off_the_next_one(company, payer):
    partner = partner_with()
    commission = earned(company, partner)
    batch = prepared(company, by=payer)
    credit_all(commission)
    with pytest.raises(Refused):
        prepared(company, by=payer)
    services.execute_payout(batch=batch, by=payer)
    assert balances(company)["1600"] == Decimal("10.00")  # the partner owes us
    earned(company, partner, "150.00")
    services.execute_payout(batch=prepared(company, by=payer), by=payer)
    assert "1600" not in balances(company)
    assert wrong_in(*CHECKS) == []


@pytest.mark.parametrize("iban", ["", "NL91ABNA0417164301"])
def test_who_has_no_valid_account_is_left_out_and_named(company, payer, iban):
    earned(company, partner_with(iban, name="Zonder B.V."))
    with pytest.raises(Refused) as refusal:
        prepared(company, by=payer)
    assert refusal.value.code == "nothing_due"
    earned(company, partner_with(name="Met B.V."))
    batch = prepared(company, by=payer)
    assert ([line.account_name for line in batch.lines.all()], batch.notes.partition(":")[0]) == (["Met B.V."], "Zonder B.V.")


@pytest.mark.parametrize("days", [-1, 366])
def test_a_day_that_cannot_be_is_refused(company, payer, days):
    earned(company, partner_with())
    with pytest.raises(Malformed) as refusal:
        prepared(company, by=payer, on=clock.today() + timedelta(days=days))
    assert [(fault.pointer, fault.code) for fault in refusal.value.fields] == [("/execution_date", "not_payable_then")]
    assert PaymentBatch.objects.count() == 0


def test_without_an_account_of_ours_nothing_is_paid(company, payer):
    earned(company, partner_with())
    company.bank_accounts.all().delete()
    with pytest.raises(Refused) as refusal:
        prepared(company, by=payer)
    assert refusal.value.code == "bank_account_missing"


def found(content, name):
    return [each.text for each in etree.fromstring(content).iter(f"{{{NAMESPACE}}}{name}")]


def test_the_file_says_what_the_batch_does(company, payer):
    earned(company, partner_with(name="Zønne & Stróom // B.V."))
    earned(company, partner_with(IBANS[1], name="Zuid"))
    batch = prepared(company, by=payer)
    content = services.sepa_file(batch)

    assert (found(content, "NbOfTxs"), found(content, "CtrlSum")) == (["2"] * 2, ["20.00"] * 2)
    assert (found(content, "MsgId"), found(content, "InstdAmt")) == ([batch.batch_number], ["10.00"] * 2)
    assert found(content, "EndToEndId") == [f"{batch.batch_number}-00{place}" for place in (1, 2)]
    assert found(content, "Nm")[2:] == ["Zuid", "Zonne + Stroom / B.V."]
    assert set(found(content, "IBAN")) == {company.primary_bank_account.iban, *IBANS}
    assert found(content, "ReqdExctnDt") != []
    assert services.sepa_file(now(batch)) == content


names = st.text(min_size=1, max_size=90)
amounts = st.decimals("0.01", "999999.99", places=2)


@given(given=st.lists(st.tuples(names, amounts), min_size=1, max_size=5))
def test_whatever_partners_are_called_every_bank_can_read_it(given):
    sender = Account(name="ChargeCars B.V.", iban=IBANS[1])
    transfers = [
        Transfer(to=Account(name=f"B {name}", iban=IBANS[0]), amount=amount, reference=f"OUT-{place}", text="Commissie")
        for place, (name, amount) in enumerate(given)
    ]
    content = pain_001(number="OUT-CC-2026-00001", made_at=clock.now(), on=clock.today(), sender=sender, transfers=transfers)
    said = found(content, "Nm")
    assert all(set(name) <= ALLOWED and 0 < len(name) <= 70 and "//" not in name for name in said)
    assert found(content, "CtrlSum") == [str(sum(amount for _name, amount in given))] * 2


def test_a_text_for_banks_keeps_what_can_be_kept():
    assert sepa_text("Café 'De Böck' – 100% & meer…") == "Cafe 'De Bock' 100 + meer..."
    assert sepa_text("/a//b/") == "a/b"


def test_two_payouts_at_once_pay_everything_once(real_commits):
    company = company_with_books()
    partner = partner_with()
    for _number in range(3):
        earned(company, partner)

    batches = together([lambda: prepared(company)] * 3)

    made = [each for each in batches if isinstance(each, PaymentBatch)]
    assert [isinstance(each, DomainError) for each in batches].count(True) == 2
    together([lambda: services.execute_payout(batch=made[0], by=None)] * 3)
    assert PartnerCommission.objects.filter(status="paid", paid_amount=10).count() == 3
    assert "1600" not in balances(company)
    assert wrong_in(*CHECKS) == []


@pytest.fixture
def log_in(client, company):
    load("010_groups.json")

    def as_one_of(role):
        user = UserFactory(staff=True)
        user.groups.add(Group.objects.get(name=role))
        MembershipFactory(user=user, business_entity=company)
        client.force_login(user)
        return client

    return as_one_of


def test_finance_prepares_takes_the_file_and_puts_it_down_as_paid(company, log_in):
    commission = earned(company, partner_with())
    finance = log_in(Role.FINANCE)
    answers = {"kind": "commissions", "business_entity": company.pk, "execution_date": clock.today().isoformat()}
    finance.post(reverse("admin:finance_paymentbatch_add"), answers)
    batch = PaymentBatch.objects.get()

    answer = finance.get(reverse("admin:paymentbatch_file", args=[batch.pk]))
    assert (answer.status_code, answer.content) == (200, services.sepa_file(batch))
    assert AuditLog.objects.filter(action="export", record_id=str(batch.pk)).count() == 1
    finance.post(reverse("admin:finance_paymentbatch_button", args=[batch.pk, "execute-payout"]), {})
    assert (now(batch).status, now(commission).status) == ("executed", "paid")


def test_a_manager_sees_payouts_and_pays_nothing(company, log_in):
    earned(company, partner_with())
    batch = prepared(company)
    manager = log_in(Role.MANAGER)
    page = manager.get(reverse("admin:finance_paymentbatch_change", args=[batch.pk]))
    assert (page.status_code, page.context["record_buttons"]) == (200, [])
    assert manager.get(reverse("admin:paymentbatch_file", args=[batch.pk])).status_code == 403
    assert manager.get(reverse("admin:finance_paymentbatch_add")).status_code == 403
