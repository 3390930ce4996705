"""Money back to customers: asked by one, approved by another, paid by a file of the bank, and booked to the cent."""

from decimal import Decimal
from itertools import product

import pytest
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.core.errors import Conflict, DomainError, Forbidden, Malformed, NotFound, Refused
from apps.finance import services
from apps.finance.choices import AccountRole, BatchKind, PaymentMethod
from apps.finance.documents.pain import NAMESPACE
from apps.finance.models import Invoice, JournalEntry, Payment, PaymentBatch, Refund
from apps.finance.services import refunds as refunds_module
from apps.organizations import services as approvals
from apps.organizations.models import ApprovalRequest
from tests.concurrency import together
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.organizations import BankAccountFactory, BusinessEntityFactory
from tests.finance.conftest import balances, company_with_books, completed_order, generated, money_of, wrong_in
from tests.orders.conftest import Caller, load, user_with
from tests.transactions import undone

IBAN = "NL91ABNA0417164300"
CHECKS = ("refunds", "under_way", "unmatched", "payouts", "invoice_paid", "invoice_booked", "journal_balance")


def received(company, amount="100.00", invoice=None, **fields):
    return services.payment_receive(
        business_entity=company, amount=Decimal(amount), payment_date=clock.today(), invoice=invoice,
        **{"payment_method": "bank_transfer"} | fields,
    )  # fmt: skip


def asked(payment, by, amount="100.00", **fields):
    answers = {"iban": IBAN, "account_name": "S Bakker", "reason": "Dubbel betaald"} | fields
    return services.refund_request(payment=payment, amount=Decimal(amount), by=by, **answers)


def now(record):
    return type(record).objects.get(pk=record.pk)


@pytest.fixture
def clerk(company):
    return user_with("finance.payments", entity=company)


@pytest.fixture
def manager(company):
    return user_with("finance.approve", entity=company)


def approved(payment, clerk, manager, amount="100.00", **fields):
    approvals.approve_request(approval=asked(payment, clerk, amount, **fields), by=manager)
    return Refund.objects.latest("created_at")


def paid_out(company, clerk):
    batch = services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    return services.execute_payout(batch=batch, by=clerk)


def test_what_was_paid_twice_goes_back(company, clerk, manager):
    payment = received(company)
    asked(payment, clerk)
    assert (now(payment).on_account, Refund.objects.count()) == (Decimal("100.00"), 0)
    approvals.approve_request(approval=ApprovalRequest.objects.get(), by=manager)
    refund = Refund.objects.get()
    assert (refund.state, refund.iban, refund.amount, now(payment).on_account) == ("to_pay", IBAN, Decimal("100.00"), 0)
    assert balances(company) == {"1100": Decimal(100), "2990": Decimal(-100)}  # nothing is booked until it is paid

    batch = services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    file = etree.fromstring(services.sepa_file(batch))
    said = {name: [each.text for each in file.iter(f"{{{NAMESPACE}}}{name}")] for name in ("InstdAmt", "Ustrd", "EndToEndId")}
    assert said == {
        "InstdAmt": ["100.00"],
        "Ustrd": [f"Terugbetaling {payment.payment_number}"],
        "EndToEndId": [f"{batch.batch_number}-001"],
    }
    services.execute_payout(batch=batch, by=clerk)

    assert (now(refund).state, now(refund).paid_on, now(batch).status) == ("paid", clock.today(), "executed")
    assert balances(company) == {"1100": Decimal(100), "1190": Decimal(-100)}
    entry = JournalEntry.objects.of("refund", refund.pk).get()
    assert (entry.kind, now(payment).refunded) == ("refund", Decimal("100.00"))
    assert wrong_in(*CHECKS) == []


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "100.01", "0.001", "NaN", "1e9"])
def test_never_more_than_is_on_account(company, clerk, amount):
    payment = received(company)
    with pytest.raises(Malformed) as refusal:
        asked(payment, clerk, amount)
    assert [fault.pointer for fault in refusal.value.fields] == ["/amount"]
    assert (ApprovalRequest.objects.count(), now(payment).on_account) == (0, Decimal("100.00"))


@pytest.mark.parametrize(
    ("fields", "pointer", "code"),
    [
        ({"iban": "NL91ABNA0417164301"}, "/iban", "invalid_checksum"),
        ({"iban": ""}, "/iban", "invalid_iban"),
        ({"account_name": " "}, "/account_name", "account_name_missing"),
    ],
)
def test_where_it_goes_must_be_known(company, clerk, fields, pointer, code):
    with pytest.raises(Malformed) as refusal:
        asked(received(company), clerk, **fields)
    assert [(fault.pointer, fault.code) for fault in refusal.value.fields] == [(pointer, code)]
    assert ApprovalRequest.objects.count() == 0


@pytest.mark.parametrize(
    ("who", "refusal"), [("clerk", Refused), ("colleague", Forbidden), ("stranger", NotFound), ("both", Refused)]
)
def test_two_people_in_every_combination(company, clerk, who, refusal):
    both = user_with("finance.payments", "finance.approve", entity=company)
    people = {
        "clerk": clerk,
        "both": both,
        "colleague": user_with("finance.payments", entity=company),
        "stranger": user_with("finance.approve", entity=BusinessEntityFactory(entity_code="laderthuis")),
    }
    approval = asked(received(company), both if who == "both" else clerk)
    with pytest.raises(refusal):
        approvals.approve_request(approval=approval, by=people[who])
    assert (now(approval).state, Refund.objects.count()) == ("waiting", 0)


def test_who_approves_does_not_pay_it_out(company, clerk):
    both = user_with("finance.payments", "finance.approve", entity=company)
    approved(received(company), clerk, both)
    with pytest.raises(Refused) as refusal:
        services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=both)
    assert (refusal.value.code, PaymentBatch.objects.count()) == ("two_people_needed", 0)
    batch = services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    with pytest.raises(Refused):
        services.execute_payout(batch=batch, by=both)
    assert (now(batch).status, Refund.objects.get().state) == ("open", "to_pay")


def test_what_an_invoice_took_since_is_not_paid_back(company, clerk, manager):
    payment = received(company)
    approval = asked(payment, clerk)
    services.allocate(payment=payment, invoice=generated(completed_order(company)), amount=Decimal("0.01"))
    with pytest.raises(Malformed) as refusal:
        approvals.approve_request(approval=approval, by=manager)
    assert (refusal.value.fields[0].code, now(approval).state, Refund.objects.count()) == ("amount_not_free", "waiting", 0)


def test_a_rejected_request_leaves_no_trace_in_the_books(company, clerk, manager):
    payment = received(company)
    before = JournalEntry.objects.count()
    approvals.reject_request(approval=asked(payment, clerk), reason="Wordt verrekend", by=manager)
    approvals.withdraw_request(approval=asked(payment, clerk), by=clerk)
    assert (Refund.objects.count(), JournalEntry.objects.count(), now(payment).on_account) == (0, before, Decimal("100.00"))


def test_a_dropped_refund_is_on_account_again(company, clerk, manager):
    payment = received(company)
    refund = approved(payment, clerk, manager)
    batch = services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    with pytest.raises(Conflict) as refusal:
        services.refund_drop(refund=refund, reason="Toch niet", by=clerk)
    assert (refusal.value.code, now(refund).state) == ("refund_in_batch", "to_pay")
    services.cancel_payout(batch=batch, reason="Verkeerde dag", by=clerk)
    services.refund_drop(refund=refund, reason="Toch niet", by=clerk)
    assert (now(refund).state, now(payment).on_account) == ("dropped", Decimal("100.00"))
    with pytest.raises(Conflict):
        services.refund_drop(refund=refund, reason="Nog eens", by=clerk)
    with pytest.raises(Refused) as refusal:
        services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    assert refusal.value.code == "nothing_due"
    assert wrong_in(*CHECKS) == []


def test_after_a_cancelled_batch_it_is_paid_with_the_next(company, clerk, manager):
    refund = approved(received(company), clerk, manager)
    first = services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    services.cancel_payout(batch=first, reason="Verkeerde dag", by=clerk)
    paid_out(company, clerk)
    assert (now(refund).state, refund.transfers.count()) == ("paid", 2)
    assert wrong_in(*CHECKS) == []


@pytest.fixture
def mailed(company, data_dir, deliver_events):
    load("070_message_templates.json")
    CommunicationChannelFactory(business_entity=company, channel_code="admin", is_primary=True)
    return deliver_events


def test_an_order_that_was_credited_and_paid_back_is_refunded(company, clerk, manager, mailed):
    order = completed_order(company, ("1", "100.00", "0.21"))
    invoice = generated(order)
    payment = received(company, "121.00", invoice)
    services.invoice_credit(invoice=Invoice.objects.get(pk=invoice.pk), reason="Retour", by=None)
    assert money_of(order) == ("credited", "unpaid")
    approved(payment, clerk, manager, "121.00")
    assert money_of(order) == ("credited", "unpaid")
    paid_out(company, clerk)
    assert money_of(order) == ("credited", "refunded")

    mailed()

    message = CommunicationMessage.objects.get(subject__startswith="Wij betalen u")
    assert message.recipient == invoice.billing_contact.email
    assert all(said in message.text for said in ("121,00", IBAN, invoice.invoice_number, payment.payment_number))
    mailed()
    assert CommunicationMessage.objects.filter(subject__startswith="Wij betalen u").count() == 1
    assert wrong_in(*CHECKS) == []


def test_a_part_that_goes_back_leaves_the_order_paid(company, clerk, manager, mailed):
    order = completed_order(company, ("1", "100.00", "0.21"))
    payment = received(company, "150.00", generated(order))
    approved(payment, clerk, manager, "29.00")
    paid_out(company, clerk)
    assert money_of(order) == ("invoiced", "paid")
    assert (now(payment).refunded, now(payment).on_account) == (Decimal("29.00"), 0)


def test_whom_nobody_knows_is_not_mailed(company, clerk, manager, mailed):
    approved(received(company), clerk, manager)
    paid_out(company, clerk)
    mailed()
    assert CommunicationMessage.objects.count() == 0


def test_a_method_may_pay_back_in_its_own_way(company, clerk, manager, monkeypatch):
    begun = []
    monkeypatch.setattr(refunds_module, "_ways", {})
    services.pays_back(PaymentMethod.MOLLIE, services.Way(start=begun.append))
    refund = approved(received(company, payment_method="mollie"), clerk, manager, iban="", account_name="")

    assert (begun, refund.iban) == ([refund], "")
    with pytest.raises(Refused):
        services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)
    services.refunds_paid([refund.pk], from_account=AccountRole.UNMATCHED)
    assert now(refund).state == "paid"
    with pytest.raises(Conflict):
        services.refunds_paid([refund.pk], from_account=AccountRole.UNMATCHED)


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    paid=st.integers(1, 10_000_000),
    shares=st.lists(st.fractions(0, 1), min_size=1, max_size=4),
    transfers=st.lists(st.booleans(), min_size=4, max_size=4),
)
def test_whatever_goes_back_the_books_say_the_same(company, clerk, manager, paid, shares, transfers):
    """Any amounts, paid or dropped: what is on account is what came in less what goes back, and the bank's account likewise."""
    with undone():
        before = balances(company).get("2990", 0)
        payment = received(company, str(Decimal(paid) / 100))
        back = Decimal(0)
        for share, is_paid in zip(shares, transfers, strict=False):
            amount = Decimal(int(share * int(now(payment).on_account * 100))) / 100
            if not amount:
                continue
            refund = approved(payment, clerk, manager, str(amount))
            if is_paid:
                paid_out(company, clerk)
                back += amount
            else:
                services.refund_drop(refund=refund, reason="Toch niet", by=clerk)
        assert now(payment).on_account == payment.amount - back
        found = balances(company)
        assert (found.get("1190", 0), found.get("2990", 0)) == (-back, before - payment.amount + back)
        assert wrong_in(*CHECKS) == []


def test_two_refunds_at_once_never_give_more_than_there_is(real_commits):
    company = company_with_books()
    clerk, manager = user_with("finance.payments", entity=company), user_with("finance.approve", entity=company)
    for _round in range(3):
        payment = received(company)
        asked_at_once = together([lambda payment=payment: asked(payment, clerk, "60.00")] * 3)
        assert sorted(isinstance(each, ApprovalRequest) for each in asked_at_once) == [False, False, True]
        approval = ApprovalRequest.objects.waiting().get()
        together([lambda approval=approval: approvals.approve_request(approval=approval, by=manager)] * 3)
        assert (now(payment).refunded, Refund.objects.filter(payment=payment).count()) == (Decimal("60.00"), 1)
    together([lambda: services.prepare_refunds(business_entity=company, execution_date=clock.today(), by=clerk)] * 3)
    batch = PaymentBatch.objects.get(kind=BatchKind.REFUNDS)
    together([lambda: services.execute_payout(batch=batch, by=clerk)] * 3)
    assert (batch.total_amount, balances(company)["1190"]) == (Decimal("180.00"), Decimal("-180.00"))
    assert wrong_in(*CHECKS) == []


def test_a_refund_and_an_allocation_at_once_share_nothing(real_commits):
    company = company_with_books()
    clerk, manager = user_with("finance.payments", entity=company), user_with("finance.approve", entity=company)
    for _round in range(4):
        payment = received(company, "121.00")
        invoice = generated(completed_order(company, ("1", "100.00", "0.21")))
        approval = asked(payment, clerk, "121.00")
        results = together(
            [
                lambda approval=approval: approvals.approve_request(approval=approval, by=manager),
                lambda payment=payment, invoice=invoice: services.allocate(payment=payment, invoice=invoice),
            ]
        )
        assert [isinstance(each, DomainError) for each in results].count(True) == 1
        assert now(payment).on_account == 0
        approvals_left = ApprovalRequest.objects.waiting().filter(pk=approval.pk)
        for each in approvals_left:
            approvals.withdraw_request(approval=each, by=clerk)
    assert wrong_in(*CHECKS) == []


def test_on_the_pages_a_clerk_asks_and_a_manager_approves(company, clerk, manager, client):
    for person, rights in (
        (clerk, ("view_payment", "view_approvalrequest")),
        (manager, ("view_payment", "view_approvalrequest")),
    ):
        from django.contrib.auth.models import Permission

        person.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    BankAccountFactory(business_entity=company)
    payment = received(company)
    client.force_login(clerk)
    button = reverse("admin:finance_payment_button", args=[payment.pk, "refund-request"])
    assert client.get(button).context["form"].initial["amount"] == Decimal("100.00")
    client.post(button, {"amount": "40.00", "account_name": "S Bakker", "iban": "NL91 ABNA 0417 1643 00", "reason": "Te veel"})
    approval = ApprovalRequest.objects.get()
    assert (approval.amount, approval.iban, approval.requested_by) == (Decimal("40.00"), IBAN, clerk)

    client.force_login(manager)
    page = client.get(reverse("admin:organizations_approvalrequest_change", args=[approval.pk])).content.decode()
    assert all(said in page for said in ("40,00", IBAN, "Te veel", payment.payment_number))
    approving = reverse("admin:organizations_approvalrequest_button", args=[approval.pk, "approve-request"])
    asked_once_more = client.get(approving).content.decode()
    assert all(said in asked_once_more for said in ("40,00", IBAN, payment.payment_number))
    client.post(approving, {})
    assert Refund.objects.get().amount == Decimal("40.00")


def test_the_api_tells_what_went_back(company, clerk, manager, client):
    payment = received(company)
    approved(payment, clerk, manager, "40.00")
    told = Caller(client, clerk).get("payments").json()["results"][0]
    assert (told["refunded"], told["on_account"]) == ("40.00", "60.00")


@pytest.mark.parametrize(("came_from", "known"), list(product([IBAN, ""], ["NL20INGB0001234567", ""])))
def test_the_account_that_it_came_from_is_proposed(company, came_from, known):
    from tests.factories.finance import BankTransactionFactory

    order = completed_order(company, ("1", "100.00", "0.21"))
    order.customer_organization.iban = known
    order.customer_organization.save()
    payment = received(company, "150.00", generated(order))
    if came_from:
        line = BankTransactionFactory(
            bank_statement__business_entity=company, counterparty_iban=came_from, counterparty_name="S B"
        )
        Payment.objects.filter(pk=payment.pk).update(bank_transaction=line)
    payee = services.payee_of(now(payment))
    assert payee.iban == (came_from or known)
    assert payee.account_name == ("S B" if came_from else order.customer_organization.name)
