"""Collecting what is late: the plan of a consumer and that of a business, what stops it, and what a person reads of it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core import mail
from django.urls import reverse

from apps.communication.models import CommunicationMessage
from apps.communication.services import send_due_messages
from apps.core import clock
from apps.core.errors import Conflict, Malformed
from apps.finance import services
from apps.finance.models import CollectionLetter, Debtor, Invoice
from apps.finance.queries import aging, statement
from apps.finance.tasks import collect_due
from apps.organizations.choices import OrganizationType
from apps.workflow.models import InternalTask
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import load

ISSUED = date(2026, 9, 1)
DUE = date(2026, 9, 15)


@pytest.fixture
def words(db):
    load_words()


def load_words():
    for name in ("060_channels", "070_message_templates", "095_statutory_interest_rates"):
        load(f"{name}.json")


def on(day):
    return time_machine.travel(f"{day}T10:00:00+02:00", tick=False)


def sent(company, kind=OrganizationType.CUSTOMER_INDIVIDUAL, *lines, **fields):
    """An invoice of EUR 876.04 that the customer has had since ISSUED, due on DUE."""
    with on(ISSUED):
        order = completed_order(company, *lines, customer_organization__organization_type=kind, **fields)
        invoice = generated(order)
        return services.send_invoice(invoice=invoice, by=None)


def letters():
    return [
        (each.step, each.letter_date, each.principal, each.interest, each.costs)
        for each in CollectionLetter.objects.order_by("letter_date")
    ]


def run_days(first, last):
    for offset in range(first, last + 1):
        with on(DUE + timedelta(days=offset)):
            collect_due()


def test_a_consumer_is_warned_before_costs_are_due(company, words):
    invoice = sent(company)

    run_days(0, 60)

    amount = invoice.total_amount
    assert letters() == [
        ("reminder", DUE + timedelta(days=3), amount, Decimal("0.00"), Decimal("0.00")),
        ("notice", DUE + timedelta(days=10), amount, Decimal("0.00"), Decimal("131.41")),
        ("last_reminder", DUE + timedelta(days=21), amount, Decimal("0.00"), Decimal("0.00")),
        ("hand_over", DUE + timedelta(days=27), amount, Decimal("0.00"), Decimal("131.41")),
    ]
    assert [each.claim - amount for each in CollectionLetter.objects.order_by("letter_date")] == [0, 0, 0, Decimal("131.41")]
    assert Invoice.objects.get().status == "collection"
    assert InternalTask.objects.filter(about_type="collection_letter").count() == 1


def test_a_business_owes_interest_and_costs_by_law(company, words):
    invoice = sent(company, OrganizationType.CUSTOMER_BUSINESS)

    run_days(0, 60)

    amount = invoice.total_amount
    assert letters() == [
        ("reminder", DUE + timedelta(days=3), amount, Decimal("0.00"), Decimal("0.00")),
        ("urgent", DUE + timedelta(days=10), amount, Decimal("0.00"), Decimal("0.00")),
        ("demand", DUE + timedelta(days=21), amount, Decimal("5.12"), Decimal("131.41")),
    ]
    assert CollectionLetter.objects.get(step="demand").claim == amount + Decimal("136.53")


def test_letters_that_began_late_keep_the_distance_of_the_plan(company, words):
    sent(company)

    run_days(30, 80)

    assert [(step, (day - DUE).days) for step, day, *_rest in letters()] == [
        ("reminder", 30),
        ("notice", 37),
        ("last_reminder", 48),
        ("hand_over", 54),
    ]


def test_several_invoices_are_one_letter_with_the_costs_of_their_sum(company, words):
    first = sent(company)
    with on(ISSUED):
        order = completed_order(company, customer_organization=first.billing_organization, primary_contact=first.billing_contact)
        second = services.send_invoice(invoice=generated(order), by=None)

    run_days(3, 10)

    reminder, notice = CollectionLetter.objects.order_by("letter_date")
    assert {line.invoice for line in reminder.lines.all()} == {first, second}
    assert notice.principal == first.total_amount + second.total_amount == Decimal("1752.08")
    assert notice.costs == Decimal("262.81")


@pytest.mark.parametrize("paid", ["876.04", "100.00"])
def test_a_payment_stops_what_it_pays(company, words, paid):
    invoice = sent(company)
    run_days(0, 3)
    with on(DUE + timedelta(days=4)):
        services.payment_receive(
            business_entity=company,
            amount=Decimal(paid),
            payment_date=clock.today(),
            payment_method="bank_transfer",
            invoice=invoice,
        )

    run_days(5, 12)

    left = Decimal("876.04") - Decimal(paid)
    assert [principal for step, _day, principal, *_rest in letters() if step == "notice"] == ([left] if left else [])


def test_a_letter_that_was_paid_before_it_left_is_withdrawn(company, words, deliver_events):
    invoice = sent(company)
    deliver_events()
    run_days(3, 3)
    with on(DUE + timedelta(days=3)):
        services.payment_receive(
            business_entity=company, amount=invoice.total_amount, payment_date=clock.today(), payment_method="bank_transfer",
            invoice=invoice,
        )  # fmt: skip

        deliver_events()

    assert CollectionLetter.objects.get().is_withdrawn
    assert not CommunicationMessage.objects.filter(dedupe_key__startswith="collection").exists()


def test_a_letter_that_was_withdrawn_is_written_again_for_what_is_left(company, words, deliver_events):
    """Whoever owes costs has been told of them: no later step leans on a letter that did not leave."""
    invoice = sent(company)
    run_days(3, 9)
    deliver_events()
    run_days(10, 10)
    with on(DUE + timedelta(days=10)):
        services.payment_receive(
            business_entity=company, amount=Decimal("100.00"), payment_date=clock.today(), payment_method="bank_transfer", invoice=invoice
        )  # fmt: skip
        deliver_events()

    run_days(11, 60)
    deliver_events()

    left = [(step, (day - DUE).days, principal) for step, day, principal, *_rest in letters() if step != "reminder"]
    assert left == [
        ("notice", 10, Decimal("876.04")),
        ("notice", 11, Decimal("776.04")),
        ("last_reminder", 22, Decimal("776.04")),
        ("hand_over", 28, Decimal("776.04")),
    ]
    assert [each.is_withdrawn for each in CollectionLetter.objects.filter(step="notice").order_by("letter_date")] == [True, False]


def test_whoever_cannot_be_written_to_owes_no_costs_and_is_a_persons_to_reach(company, words, deliver_events):
    invoice = sent(company)
    deliver_events()
    rename = type(invoice.billing_contact).objects.filter(pk=invoice.billing_contact_id)
    assert rename.update(email="") == 1

    for day in range(3, 32):
        run_days(day, day)
        with on(DUE + timedelta(days=day)):
            deliver_events()

    assert [(step, (day - DUE).days) for step, day, *_rest in letters()] == [("reminder", 3), ("reminder", 18)]
    assert all(letter.is_withdrawn for letter in CollectionLetter.objects.all())
    assert InternalTask.objects.filter(about_type="collection_letter").count() == 2


def test_the_fourteen_day_letter_says_what_the_law_asks(company, words, deliver_events, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    invoice = sent(company)
    run_days(3, 10)

    deliver_events()
    send_due_messages(limit=50)

    (letter,) = [each for each in mail.outbox if "Laatste kans" in each.subject]
    assert "binnen veertien dagen, te rekenen vanaf de dag nadat u deze brief heeft ontvangen" in letter.body
    assert "€\xa0131,41 aan incassokosten" in letter.body
    assert invoice.invoice_number in letter.body
    assert invoice.payment_reference in letter.body
    assert [attachment[0] for attachment in letter.attachments] == [f"{invoice.invoice_number}.pdf"]


def test_nothing_is_written_while_it_is_paused(company, words):
    invoice = sent(company)
    with on(DUE + timedelta(days=1)):
        services.pause_collection(invoice=invoice, until=DUE + timedelta(days=8), reason="Betwist", by=None)

    run_days(1, 8)
    assert letters() == []

    run_days(9, 9)
    assert [step for step, *_rest in letters()] == ["reminder"]


def test_a_pause_is_ended_by_hand(company, words):
    invoice = sent(company)
    with on(DUE + timedelta(days=3)):
        services.pause_collection(invoice=invoice, until=DUE + timedelta(days=30), reason="Betwist", by=None)
        services.resume_collection(invoice=invoice, by=None)
        assert collect_due() == 1
        with pytest.raises(Conflict):
            services.resume_collection(invoice=invoice, by=None)


@pytest.mark.parametrize(("days", "code"), [(0, "not_in_the_future"), (-1, "not_in_the_future"), (367, "too_far")])
def test_a_pause_ends_within_the_year(company, words, days, code):
    invoice = sent(company)

    with on(DUE), pytest.raises(Malformed) as refused:
        services.pause_collection(invoice=invoice, until=DUE + timedelta(days=days), reason="Betwist", by=None)

    assert [field.code for field in refused.value.fields] == [code]


def test_two_workers_write_one_letter(real_commits):
    company = company_with_books()
    load_words()
    sent(company)

    with on(DUE + timedelta(days=3)):
        written = together([collect_due] * 3)

    assert sorted(written) == [0, 0, 1]
    assert len(letters()) == 1


def test_the_list_of_debtors_shows_who_owes_what_and_for_how_long(company, words, client):
    late = sent(company)
    with on(ISSUED):
        same = completed_order(company, customer_organization=late.billing_organization, primary_contact=late.billing_contact)
        services.send_invoice(invoice=generated(same), by=None)
    with on(DUE + timedelta(days=40)):
        fresh = services.send_invoice(invoice=generated(completed_order(company)), by=None)
        found = {each.pk: each for each in aging(Debtor.objects.all(), invoices=Invoice.objects.all(), on=clock.today())}

    old, new = found[late.billing_organization_id], found[fresh.billing_organization_id]
    assert (old.open_amount, old.days_60, old.not_due, old.oldest_due) == (2 * late.total_amount, 2 * late.total_amount, 0, DUE)
    assert (new.open_amount, new.not_due, new.days_30) == (fresh.total_amount, fresh.total_amount, 0)


def test_a_statement_ends_with_what_is_open(company, words):
    invoice = sent(company)
    with on(DUE):
        services.payment_receive(
            business_entity=company, amount=Decimal("100.00"), payment_date=DUE, payment_method="bank_transfer", invoice=invoice
        )

    lines = statement(invoice.billing_organization, invoices=Invoice.objects.all(), until=DUE)

    assert [(line.amount, line.balance) for line in lines] == [
        (Decimal("876.04"), Decimal("876.04")),
        (Decimal("-100.00"), Decimal("776.04")),
    ]


def test_staff_read_debtors_letters_and_statement(company, words, client):
    invoice = sent(company)
    run_days(3, 10)
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    pages = [
        reverse("admin:finance_debtor_changelist"),
        reverse("admin:finance_debtor_change", args=[invoice.billing_organization_id]),
        reverse("admin:finance_collectionletter_changelist"),
        reverse("admin:finance_collectionletter_change", args=[CollectionLetter.objects.first().pk]),
    ]

    shown = [client.get(page) for page in pages]

    assert [answer.status_code for answer in shown] == [200] * 4
    assert ["876,04" in answer.content.decode() for answer in shown] == [True] * 4
