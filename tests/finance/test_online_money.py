"""Where the money of online payments is: at Mollie, back at the customer, on the bank; each cent booked there once."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.accounts.choices import Role
from apps.core import clock
from apps.core.errors import Conflict, Malformed
from apps.finance import services
from apps.finance.models import (
    BankTransaction,
    JournalEntry,
    OnlinePayment,
    OnlineRefund,
    Payment,
    ProviderMovement,
    ProviderSettlement,
    Refund,
)
from apps.organizations.models import ApprovalRequest
from apps.organizations.services import approve_request
from apps.workflow.models import InternalTask
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory
from tests.finance.banking import Line, camt, kept, our_account
from tests.finance.conftest import balances, completed_order, generated, wrong_in
from tests.finance.online import fresh, mollie_at, started, told
from tests.orders.conftest import load, user_with

pytestmark = pytest.mark.usefixtures("data_dir")
CHECKS = ("provider_balance", "bank_booked", "invoice_paid", "invoice_booked", "journal_balance")


@pytest.fixture
def mollie(company, settings):
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, 10_000)
    our_account(company)
    with mollie_at(settings, entity=company) as fake:
        yield fake


@pytest.fixture
def paid(client, company, mollie):
    """Invoices of EUR 121 that were paid online."""

    def pay(count=1):
        made = []
        for _each in range(count):
            online = started(client, generated(completed_order(company, ("1", "100.00", "0.21"))))
            mollie.pays(online.provider_id)
            told(client, online.provider_id)
            made.append(fresh(online))
        return made

    return pay


def came_in(amount):
    kept(camt(Line(amount, "Mollie 1182161.2603.02", name="Stichting Mollie Payments", iban="NL51DEUT0265262461")))
    return BankTransaction.objects.get(amount=Decimal(amount))


def settle(line, *online):
    movements = ProviderMovement.objects.filter(online_payment__in=online, settlement=None)
    return services.bank_line_settle(bank_transaction=line, movements=list(movements), by=None)


def test_a_payout_comes_to_the_bank_less_its_fee(company, paid):
    one, two = paid(2)
    line = came_in("241.42")
    before = balances(company)
    assert (before["1150"], before["1100"], before["2990"]) == (Decimal("242.00"), Decimal("241.42"), Decimal("-241.42"))

    settlement = settle(line, one, two)

    after = balances(company)
    assert (settlement.gross, settlement.fee, settlement.net) == (Decimal("242.00"), Decimal("0.58"), Decimal("241.42"))
    assert {code: after.get(code, 0) for code in ("1100", "1150", "2990", "1300")} == {
        "1100": Decimal("241.42"), "1150": 0, "2990": 0, "1300": 0,
    }  # fmt: skip
    assert (fresh(line).state, fresh(line).matched_by, Payment.objects.count()) == ("matched", "settlement", 2)
    assert wrong_in(*CHECKS) == []


def test_a_payout_is_undone(company, paid):
    (online,) = paid()
    line = came_in("120.71")
    before = balances(company)
    settle(line, online)

    services.bank_line_undo(bank_transaction=line, by=None)

    assert balances(company) == before
    assert fresh(line).state == "open"
    assert ProviderSettlement.objects.get().is_active is False
    assert wrong_in(*CHECKS) == []
    settle(line, online)
    assert wrong_in(*CHECKS) == []


def test_a_payment_is_paid_out_once_and_never_for_less_than_came_in(company, paid):
    one, two = paid(2)
    settle(came_in("120.71"), one)
    other = came_in("120.70")

    with pytest.raises(Conflict) as refusal:
        services.bank_line_settle(bank_transaction=other, movements=list(ProviderMovement.objects.all()), by=None)
    assert refusal.value.code == "movement_settled"
    larger = came_in("121.01")
    with pytest.raises(Malformed):
        settle(larger, two)
    assert (fresh(other).state, fresh(larger).state, ProviderSettlement.objects.count()) == ("open", "open", 1)


def test_a_person_chooses_the_payout_that_mollie_told_of(client, company, mollie, paid):
    one, two, three = paid(3)
    mollie.settles("stl_jDk30akdN", one.provider_id, two.provider_id)
    for each in (one, two, three):
        told(client, each.provider_id)
    line = came_in("241.42")
    load("010_groups.json")
    user = UserFactory(staff=True)
    user.groups.add(Group.objects.get(name=Role.FINANCE))
    MembershipFactory(user=user, business_entity=company)
    client.force_login(user)
    address = f"{reverse('admin:finance_banktransaction_change', args=[line.pk])[: -len('change/')]}do/settle/"

    page = client.get(address).content.decode()
    assert "stl_jDk30akdN" in page
    client.post(address, {"payout": "", "references": "tr_unknown1"})
    assert (fresh(line).state, ProviderSettlement.objects.count()) == ("open", 0)
    client.post(address, {"payout": "stl_jDk30akdN", "references": ""})

    settlement = ProviderSettlement.objects.get()
    assert (settlement.reference, settlement.gross, settlement.fee) == ("stl_jDk30akdN", Decimal("242.00"), Decimal("0.58"))
    assert set(settlement.movements.values_list("online_payment", flat=True)) == {one.pk, two.pk}
    assert client.get(reverse("admin:finance_providersettlement_change", args=[settlement.pk])).status_code == 200


def test_a_chargeback_takes_the_money_back(client, company, mollie, paid):
    (online,) = paid()
    mollie.gives_back(online.provider_id, "chargeback", "121.00")
    told(client, online.provider_id)
    told(client, online.provider_id)

    payment = Payment.objects.get()
    assert (payment.withdrawn, payment.on_account, payment.allocated) == (Decimal("121.00"), 0, 0)
    assert (fresh(online.invoice).status, fresh(online.invoice).balance) == ("sent", Decimal("121.00"))
    assert balances(company) == {"1300": Decimal("121.00"), "1520": Decimal("-21.00"), "8000": Decimal("-100.00")}
    assert (InternalTask.objects.count(), fresh(online).state) == (1, "paid")
    assert wrong_in(*CHECKS) == []


def test_a_refund_made_there_opens_a_part_and_comes_back_when_it_fails(client, company, mollie, paid):
    (online,) = paid()
    mollie.gives_back(online.provider_id, "refund", "21.00", status="processing")
    told(client, online.provider_id)

    invoice = fresh(online.invoice)
    assert (invoice.status, invoice.paid_amount) == ("partially_paid", Decimal("100.00"))
    assert balances(company)["1150"] == Decimal("100.00")

    mollie.payments[online.provider_id]["_embedded"]["refunds"][0]["status"] = "failed"
    told(client, online.provider_id)
    told(client, online.provider_id)

    payment = Payment.objects.get()
    assert (payment.withdrawn, payment.on_account) == (0, Decimal("21.00"))
    assert balances(company)["1150"] == Decimal("121.00")
    assert [each.amount for each in ProviderMovement.objects.order_by("created_at")] == [
        Decimal("121.00"), Decimal("-21.00"), Decimal("21.00"),
    ]  # fmt: skip
    assert wrong_in(*CHECKS) == []


def test_what_waits_there_is_not_booked_yet(client, mollie, paid):
    (online,) = paid()
    mollie.gives_back(online.provider_id, "refund", "21.00", status="queued")
    told(client, online.provider_id)

    assert (ProviderMovement.objects.count(), Payment.objects.get().withdrawn) == (1, 0)


@pytest.mark.parametrize("amount", ["121.01", "0.00", "-5.00"])
def test_more_than_was_paid_cannot_go_back(client, company, mollie, paid, amount):
    (online,) = paid()
    mollie.gives_back(online.provider_id, "refund", amount)
    told(client, online.provider_id)

    assert (fresh(online).last_error_code, ProviderMovement.objects.count()) == ("disagrees", 1)
    assert balances(company)["1150"] == Decimal("121.00")
    assert JournalEntry.objects.filter(kind="refund").count() == 0


def test_a_payout_with_a_chargeback_in_it(client, company, mollie, paid):
    one, two = paid(2)
    settle(came_in("120.71"), one)
    mollie.gives_back(one.provider_id, "chargeback", "21.00")
    told(client, one.provider_id)
    assert balances(company)["1150"] == Decimal("100.00")

    settlement = settle(came_in("99.50"), one, two)

    assert (settlement.gross, settlement.fee) == (Decimal("100.00"), Decimal("0.50"))
    assert "1150" not in balances(company)
    assert wrong_in(*CHECKS) == []


def test_a_payout_of_payments_that_were_not_recorded_online_stays_as_it_was(company, mollie):
    line = came_in("98.00")

    payment = services.bank_line_payout(bank_transaction=line, fee=Decimal("2.00"), by=None)

    assert (payment.amount, payment.on_account, OnlinePayment.objects.count()) == (Decimal("100.00"), Decimal("100.00"), 0)
    assert wrong_in(*CHECKS) == []


class TestRefunds:
    """What came by Mollie goes back by it: asked for by one person, approved by another."""

    @pytest.fixture
    def people(self, company):
        return user_with("finance.payments", entity=company), user_with("finance.approve", entity=company)

    @pytest.fixture
    def refund(self, company, paid, people):
        """EUR 121 that stands on account after a credit."""

        def ask(amount="121.00"):
            (online,) = paid()
            services.invoice_credit(invoice=fresh(online.invoice), reason="Fout", by=None)
            clerk, manager = people
            approval = services.refund_request(
                payment=fresh(online).payment, amount=Decimal(amount), reason="Gecrediteerd", by=clerk
            )
            approve_request(approval=approval, by=manager)
            return fresh(online), Refund.objects.get()

        return ask

    def test_it_is_asked_for_once_and_booked_when_it_went(self, client, company, mollie, refund):
        online, back = refund()
        assert (back.state, fresh(online.payment).on_account) == ("to_pay", 0)

        services.online_refunds_send()
        services.online_refunds_send()
        asked = [call for call in mollie.calls if call.path.endswith("/refunds")]
        assert len(asked) == 1
        assert (asked[0].body["amount"], asked[0].body["metadata"]) == (
            {"currency": "EUR", "value": "121.00"}, {"refund": str(back.pk)},
        )  # fmt: skip
        assert (fresh(back).state, "1150" in balances(company)) == ("to_pay", True)

        mollie.payments[online.provider_id]["_embedded"]["refunds"][0]["status"] = "processing"
        told(client, online.provider_id)
        told(client, online.provider_id)

        payment = fresh(online.payment)
        assert (fresh(back).state, payment.refunded, payment.withdrawn, payment.on_account) == ("paid", Decimal("121.00"), 0, 0)
        assert balances(company) == {"8000": Decimal("-100.00"), "8100": Decimal("100.00")}
        assert wrong_in(*CHECKS, "refunds", "unmatched") == []

    def test_an_answer_that_we_did_not_hear_is_looked_for(self, company, mollie, refund):
        online, back = refund()
        mollie.gives_back(online.provider_id, "refund", "121.00", status="pending", metadata={"refund": str(back.pk)})

        services.online_refunds_send()

        assert [call for call in mollie.calls if call.path.endswith("/refunds")] == []
        assert OnlineRefund.objects.get().provider_id.startswith("re_")

    def test_when_mollie_refuses_it_is_on_account_again(self, company, mollie, refund):
        online, back = refund()
        paid_now = mollie.payments[online.provider_id]
        mollie.answers += [(200, {}, paid_now), (422, {}, {"detail": "The balance is insufficient"})]

        services.online_refunds_send()

        assert (fresh(back).state, fresh(online.payment).on_account) == ("dropped", Decimal("121.00"))
        assert "insufficient" in OnlineRefund.objects.get().last_error
        assert balances(company)["1150"] == Decimal("121.00")

    def test_while_mollie_is_away_nothing_is_given_up(self, company, mollie, refund):
        _online, back = refund()
        mollie.answers += [(503, {}, {})]

        services.online_refunds_send(seconds=0.5)

        assert (fresh(back).state, OnlineRefund.objects.get().last_error_code) == ("to_pay", "http_503")

    def test_one_that_fails_after_all_is_on_account_again(self, client, company, mollie, refund):
        online, _back = refund("21.00")
        services.online_refunds_send()
        told_of = mollie.payments[online.provider_id]["_embedded"]["refunds"][0]
        for status in ("processing", "failed"):
            told_of["status"] = status
            told(client, online.provider_id)

        assert fresh(online.payment).on_account == Decimal("121.00")
        assert balances(company)["1150"] == Decimal("121.00")
        assert wrong_in(*CHECKS, "refunds", "unmatched") == []

    def test_what_did_not_come_online_has_no_such_way(self, company, mollie, people):
        payment = services.payment_receive(
            business_entity=company, amount=Decimal("50.00"), payment_date=clock.today(), payment_method="ideal"
        )
        with pytest.raises(Malformed):
            services.refund_request(payment=payment, amount=Decimal("50.00"), reason="Dubbel", by=people[0])
        assert ApprovalRequest.objects.count() == 0
