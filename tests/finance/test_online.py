"""An invoice is paid online: the page, the payment at Mollie, its call to us, and the books."""

from decimal import Decimal

import pytest

from apps.communication.models import CommunicationMessage
from apps.core import clock
from apps.files.services import read_attachment
from apps.finance import services
from apps.finance.models import Invoice, OnlinePayment, Payment
from apps.finance.services.online_links import token_of
from apps.gateway.models import InboundHook
from apps.orders.choices import LineItemType
from apps.workflow.models import InternalTask
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.organizations import BankAccountFactory, ContactFactory, OrganizationFactory
from tests.finance.conftest import balances, completed_order, generated, wrong_in
from tests.finance.documents.cases import BUYERS
from tests.finance.online import call_hook, fresh, link_of, mollie_at, press, started, told
from tests.orders.conftest import load

BEFORE = {"1300": Decimal("121.00"), "1520": Decimal("-21.00"), "8000": Decimal("-100.00")}


@pytest.fixture
def mollie(company, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
    with mollie_at(settings, entity=company) as fake:
        yield fake


@pytest.fixture
def invoice(company, mollie):
    return generated(completed_order(company, ("1", "100.00", "0.21")))


def test_a_customer_pays_an_invoice(client, mollie, invoice):
    page = client.get(link_of(invoice))
    assert page.status_code == 200
    assert invoice.invoice_number in page.content.decode()

    online = started(client, invoice)
    asked = mollie.calls[-1]
    assert (asked.method, asked.path) == ("POST", "/v2/payments")
    assert asked.headers["idempotency-key"] == online.pk.hex
    assert asked.body["amount"] == {"currency": "EUR", "value": "121.00"}
    assert asked.body["redirectUrl"].endswith(link_of(invoice))
    assert asked.body["webhookUrl"].endswith("/hooks/mollie")

    mollie.pays(online.provider_id)
    told(client, online.provider_id)

    online, payment = fresh(online), Payment.objects.get()
    assert (online.state, online.payment, online.method) == ("paid", payment, "ideal")
    assert (payment.amount, payment.payment_method, payment.external_reference) == (
        Decimal("121.00"),
        "ideal",
        online.provider_id,
    )
    assert fresh(invoice).status == "paid"
    assert balances(invoice.business_entity) == {"1150": Decimal("121.00"), "1520": Decimal("-21.00"), "8000": Decimal("-100.00")}
    assert (
        "is betaald" in client.get(link_of(invoice)).content.decode()
        or "is paid" in client.get(link_of(invoice)).content.decode()
    )


def test_told_again_it_is_booked_once(client, mollie, invoice):
    online = started(client, invoice)
    mollie.pays(online.provider_id)
    for _time in range(3):
        told(client, online.provider_id)

    assert Payment.objects.count() == 1
    assert InboundHook.objects.filter(names=online.provider_id, is_known=True).count() == 3


@pytest.mark.parametrize(("status", "state"), [("failed", "failed"), ("expired", "expired"), ("canceled", "cancelled")])
def test_what_came_to_nothing_is_said_and_can_be_tried_again(client, mollie, invoice, status, state):
    online = started(client, invoice)
    mollie.ends(online.provider_id, status)
    told(client, online.provider_id)

    assert (fresh(online).state, Payment.objects.count()) == (state, 0)
    assert fresh(online).next_check_at is None
    assert client.get(link_of(invoice)).context["standing"] == "ended"
    assert started(client, invoice).pk != online.pk


def test_pressing_again_goes_on_with_the_same_payment(client, mollie, invoice):
    assert started(client, invoice) == started(client, invoice)
    assert (OnlinePayment.objects.count(), len(mollie.payments)) == (1, 1)


def test_an_answer_that_we_did_not_hear_is_asked_for_again(client, mollie, invoice):
    mollie.answers.append((500, {}, {}))
    assert press(client, invoice).status_code == 503
    mollie.answers.append((201, {}, b"{"))
    assert press(client, invoice).status_code == 503

    online = started(client, invoice)
    assert len({call.headers["idempotency-key"] for call in mollie.calls}) == 1
    assert (OnlinePayment.objects.get(), len(mollie.payments)) == (online, 1)


def test_mollie_refuses(client, mollie, invoice):
    mollie.keys.clear()
    assert press(client, invoice).status_code == 409
    assert OnlinePayment.objects.get().state == "failed"


def test_a_stranger_learns_nothing_and_moves_nothing(client, mollie, invoice):
    online = started(client, invoice)
    calls = len(mollie.calls)

    assert call_hook(client, "tr_doesnotexist").status_code == 200
    assert call_hook(client, online.provider_id).content == call_hook(client, "tr_nothere").content
    services.online_payments_ask()

    assert (fresh(online).state, Payment.objects.count()) == ("open", 0)
    assert len(mollie.calls) == calls + 1
    assert InboundHook.objects.filter(is_known=False).count() == 2


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        ("", "application/x-www-form-urlencoded"),
        ("id=", "application/x-www-form-urlencoded"),
        ("id=tr_abcdef%00", "application/x-www-form-urlencoded"),
        ("id=tr_abcdef&id=tr_abcdeg", "application/x-www-form-urlencoded"),
        ("id=../payments", "application/x-www-form-urlencoded"),
        ("id=tr_" + "a" * 100_000, "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        ('{"id": "tr_abcdef"}', "application/json"),
        ("id=tr_abcdef", "text/plain"),
    ],
    ids=["nothing", "empty", "nul", "two", "path", "large", "bytes", "json", "text"],
)
def test_what_is_no_call_of_mollie_is_refused(client, company, body, media_type):
    answer = client.post("/hooks/mollie", body, content_type=media_type)

    assert answer.status_code == (413 if len(body) > 10_000 else 400)
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "changes",
    [
        {"amount": {"currency": "EUR", "value": "120.99"}},
        {"amount": {"currency": "USD", "value": "121.00"}},
        {"metadata": {"online_payment": "another"}},
        {"metadata": None},
        {"mode": "live"},
        {"status": "unheard_of"},
    ],
    ids=["amount", "currency", "metadata", "without", "mode", "status"],
)
def test_what_is_not_what_was_asked_for_is_not_booked(client, mollie, invoice, changes):
    online = started(client, invoice)
    mollie.pays(online.provider_id, **changes)
    told(client, online.provider_id)

    assert (fresh(online).state, fresh(online).last_error_code) == ("open", "disagrees")
    assert Payment.objects.count() == 0
    assert balances(invoice.business_entity) == BEFORE
    assert InternalTask.objects.count() == 1


def test_a_payment_of_another_company_is_not_found_with_this_ones_key(client, mollie, invoice):
    """Another account's payment has an id that our key cannot read."""
    online = started(client, invoice)
    mollie.payments.pop(online.provider_id)
    told(client, online.provider_id)

    assert (fresh(online).state, fresh(online).last_error_code) == ("open", "http_404")
    assert (Payment.objects.count(), InternalTask.objects.count()) == (0, 1)


def test_paid_twice_stays_on_account_and_a_person_is_told(client, mollie, invoice):
    online = started(client, invoice)
    services.payment_receive(
        business_entity=invoice.business_entity, amount=Decimal("121.00"), payment_date=fresh(online).started_at.date(),
        payment_method="bank_transfer", invoice=invoice,
    )  # fmt: skip
    mollie.pays(online.provider_id)
    told(client, online.provider_id)

    payment = Payment.objects.get(payment_method="ideal")
    assert (payment.on_account, fresh(invoice).paid_amount) == (Decimal("121.00"), Decimal("121.00"))
    assert InternalTask.objects.count() == 1


def test_paid_for_what_was_credited_meanwhile(client, mollie, invoice):
    online = started(client, invoice)
    services.invoice_credit(invoice=invoice, reason="Fout", by=None)
    mollie.pays(online.provider_id, method="creditcard")
    told(client, online.provider_id)

    payment = Payment.objects.get()
    assert (payment.payment_method, payment.on_account) == ("credit_card", Decimal("121.00"))
    assert client.get(link_of(invoice)).context["standing"] == "credited"
    assert press(client, invoice).status_code == 409


def test_what_no_call_told_of_is_asked_for(client, mollie, invoice, monkeypatch):
    online = started(client, invoice)
    mollie.pays(online.provider_id)
    assert services.online_payments_ask() == 0

    later = clock.now() + (fresh(online).next_check_at - clock.now()) * 2
    monkeypatch.setattr(clock, "now", lambda: later)
    assert services.online_payments_ask() == 1
    assert fresh(online).state == "paid"


def test_mollie_is_away_for_a_while(client, mollie, invoice):
    online = started(client, invoice)
    mollie.pays(online.provider_id)
    mollie.answers += [(503, {"Retry-After": "600"}, {})]
    told(client, online.provider_id)
    assert (fresh(online).state, fresh(online).last_error_code, InternalTask.objects.count()) == ("open", "http_503", 0)

    told(client, online.provider_id)
    assert (fresh(online).state, fresh(online).last_error_code) == ("paid", "")


def test_a_link_is_stable_until_it_is_made_anew(client, mollie, invoice):
    first = link_of(invoice)
    assert link_of(invoice) == first

    services.renew_pay_link(invoice=invoice, by=None)
    assert client.get(first).status_code == 404
    assert client.get(link_of(invoice)).status_code == 200


@pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t[1:], lambda t: t + "A", lambda t: "a" * 900, lambda t: "."])
def test_a_link_is_not_to_be_guessed(client, mollie, invoice, change):
    assert client.get("/pay/" + change(link_of(invoice).removeprefix("/pay/"))).status_code == 404


def test_a_stranger_may_look_ten_times_a_minute(client, mollie, invoice, settings, redis_url):
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"public": 10}
    answers = [client.get(link_of(invoice)).status_code for _time in range(11)]

    assert answers == [200] * 10 + [429]


def test_the_link_stands_in_the_mail_on_the_paper_and_in_reminders(client, mollie, invoice, deliver_events):
    load("070_message_templates.json")
    CommunicationChannelFactory(business_entity=invoice.business_entity, channel_code="admin", is_primary=True)
    link = services.pay_link(fresh(invoice))

    deliver_events()

    (message,) = CommunicationMessage.objects.all()
    assert f"Online betalen: {link}" in message.text
    assert f"<td>{link}</td>" in message.html
    assert link.encode() in read_attachment(services.papers_of(fresh(invoice)).pdf)


def test_what_a_part_of_goes_to_the_blocked_account_is_not_paid_online(client, company, mollie):
    BankAccountFactory(business_entity=company, is_blocked=True)
    buyer = OrganizationFactory(
        business_entity=company, organization_type="customer_business", **BUYERS["builder with a g-account"]
    )
    order = completed_order(company, customer_organization=buyer, primary_contact=ContactFactory(organization=buyer))
    order.line_items.update(line_item_type=LineItemType.SERVICE)
    invoice = fresh(generated(order))

    link = "/pay/" + token_of(invoice)
    assert (services.pay_link(invoice), client.get(link).context["can_pay"]) == ("", False)
    assert (client.post(link).status_code, OnlinePayment.objects.count()) == (409, 0)


def test_without_an_account_there_is_no_link(company):
    invoice = generated(completed_order(company))

    assert services.pay_link(Invoice.objects.get(pk=invoice.pk)) == ""


def test_the_books_agree(client, mollie, invoice):
    online = started(client, invoice)
    mollie.pays(online.provider_id)
    told(client, online.provider_id)

    assert wrong_in("provider_balance", "invoice_paid", "journal_balance", "payment_numbers") == []
