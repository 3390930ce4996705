"""Invoices and credit notes reach Exact Online: to the cent, in order, once, within its rules."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.core.errors import Conflict
from apps.finance import services
from apps.finance.models import AccountingCode, AccountingCustomer, AccountingExport
from apps.finance.services import accounting
from apps.gateway.models import ApiUsageLog
from apps.workflow.models import InternalTask
from tests.factories.organizations import BankAccountFactory
from tests.fakes.exact import ACCOUNTS
from tests.fakes.server import writing
from tests.finance.accounting.desk import fresh, states
from tests.finance.conftest import company_with_books, completed_order, generated, wrong_in
from tests.finance.documents.test_filling import contractor_order
from tests.transactions import undone

pytestmark = pytest.mark.django_db


def test_an_invoice_is_booked_there_as_it_is_here(exact, exact_connection, company, send):
    invoice = generated(completed_order(company, ("1", "599.00", "0.21"), ("3", "33.33", "0.09")))

    assert send() == 1

    (entry,) = exact.entries.values()
    assert (entry["Journal"], entry["EntryNumber"], entry["Type"], entry["YourRef"]) == (
        "70", 260000001, 20, invoice.invoice_number,
    )  # fmt: skip
    assert [(line["GLAccount"], line["AmountFC"], line["VATCode"], line["VATAmountFC"]) for line in entry["SalesEntryLines"]] == [
        (ACCOUNTS["8000"], 599.0, "2", 125.79),
        (ACCOUNTS["8000"], 99.99, "1", 9.0),
    ]
    assert exact.total_of(invoice.invoice_number) == invoice.total_amount
    row = AccountingExport.objects.get()
    assert (row.state, row.attempts, row.external_id) == ("done", 1, entry["EntryID"])
    assert "GAccountAmountFC" not in entry


def test_a_customer_is_made_there_once(exact, exact_connection, company, send):
    order = completed_order(company)
    other = completed_order(company, customer_organization=order.customer_organization, primary_contact=order.primary_contact)
    for each in (order, other):
        generated(each)

    send()

    (customer,) = exact.customers.values()
    assert (customer["Code"], customer["Status"], customer["IsSales"]) == ("         900000001", "C", True)
    assert AccountingCustomer.objects.get().external_id == customer["ID"]
    assert {entry["Customer"] for entry in exact.entries.values()} == {customer["ID"]}
    assert exact.paths("GET").count("GLAccounts") == 1


def test_a_credit_note_is_an_entry_of_its_own_with_the_opposite_amounts(exact, exact_connection, company, send):
    invoice = generated(completed_order(company))
    note = services.invoice_credit(invoice=invoice, reason="Verkeerde laadpaal", by=None)

    send()

    assert states() == [("invoice", "done"), ("credit_note", "done")]
    assert exact.total_of(note.invoice_number) == note.total_amount == -invoice.total_amount
    booked = {entry["YourRef"]: entry for entry in exact.entries.values()}[note.invoice_number]
    assert (booked["Type"], booked["EntryNumber"]) == (21, 1260000001)
    assert booked["SalesEntryLines"][0]["GLAccount"] == ACCOUNTS["8100"]


def test_what_goes_to_the_blocked_account_is_said(exact, exact_connection, company, send):
    BankAccountFactory(business_entity=company, iban="NL86INGB0002445588", is_blocked=True, is_primary=False)
    invoice = generated(contractor_order(company))

    send()

    (entry,) = exact.entries.values()
    assert Decimal(str(entry["GAccountAmountFC"])) == Decimal(invoice.parties["g_account"]["amount"]) == Decimal("240.00")
    assert {line["VATCode"]: line["VATAmountFC"] for line in entry["SalesEntryLines"]} == {"2": 105.0, "7": 0.0}
    assert exact.total_of(invoice.invoice_number) == invoice.total_amount == Decimal("1605.00")


def test_every_call_is_in_the_log_without_what_is_secret(exact, exact_connection, company, send):
    generated(completed_order(company))

    send()

    calls = ApiUsageLog.objects.order_by("occurred_at", "id")
    assert sorted(call.endpoint.rsplit("/", 1)[-1] for call in calls) == [
        "Accounts", "Accounts", "GLAccounts", "SalesEntries", "SalesEntries",
    ]  # fmt: skip
    assert {(call.direction, call.response_status, call.integration) for call in calls} <= {
        ("out", 200, str(exact_connection)), ("out", 201, str(exact_connection)),
    }  # fmt: skip


def test_an_answer_that_is_lost_books_nothing_twice(exact, exact_connection, company, at, send):
    generated(completed_order(company))
    exact.lost = 2  # the customer and the entry are made, and nobody hears of it

    for _attempt in range(3):
        send()
        at.shift(timedelta(minutes=2))

    assert states() == [("invoice", "done")]
    assert (len(exact.entries), len(exact.customers)) == (1, 1)


def test_what_is_refused_waits_for_a_person_and_is_not_repeated(exact, exact_connection, company, at, send):
    AccountingCode.objects.filter(subject="vat_standard").update(code="99")
    generated(completed_order(company))

    send()
    at.shift(timedelta(days=1))
    send()

    row = AccountingExport.objects.get()
    assert (row.state, row.last_error_code, row.last_error) == ("parked", "http_400", "VAT code does not exist")
    assert exact.paths("POST").count("SalesEntries") == 1
    assert InternalTask.objects.get().about_id == exact_connection.pk

    AccountingCode.objects.filter(subject="vat_standard").update(code="2")
    accounting.retry_export(export=row, by=None)
    send()
    assert states() == [("invoice", "done")]


def test_one_that_waits_for_a_person_holds_up_what_hangs_on_it_alone(exact, exact_connection, company, send):
    first = generated(completed_order(company))
    exact.faults.append(writing(400))
    send()
    services.invoice_credit(invoice=first, reason="Verkeerd", by=None)
    generated(completed_order(company))

    send()

    assert states() == [("invoice", "parked"), ("invoice", "done"), ("credit_note", "todo")]

    accounting.skip_export(export=AccountingExport.objects.get(sequence=1), reason="Met de hand geboekt", by=None)
    send()
    assert states() == [("invoice", "skipped"), ("invoice", "done"), ("credit_note", "done")]


def test_before_exact_shuts_us_out_we_stop_and_tell_a_person(exact, exact_connection, company, send):
    AccountingCode.objects.filter(subject="vat_standard").update(code="99")
    for _ in range(8):
        generated(completed_order(company))

    send()

    assert (fresh(exact_connection).status, max(exact.errors.values())) == ("paused", 5)
    assert [state for _kind, state in states()] == ["parked"] * 5 + ["todo"] * 3
    assert InternalTask.objects.count() == 1


def test_what_was_sent_is_not_sent_again_by_hand(exact, exact_connection, company, send):
    generated(completed_order(company))
    send()
    row = AccountingExport.objects.get()

    for act in (
        lambda: accounting.retry_export(export=row, by=None),
        lambda: accounting.skip_export(export=row, reason="x", by=None),
    ):
        with undone(), pytest.raises(Conflict):
            act()

    assert states() == [("invoice", "done")]


def test_a_range_sent_again_makes_only_what_is_missing(exact, exact_connection, company, send):
    for _ in range(2):
        generated(completed_order(company))
    send()
    gone = next(key for key, entry in exact.entries.items() if entry["EntryNumber"] == 260000002)
    del exact.entries[gone]
    today = AccountingExport.objects.first().queued_at.date()

    assert accounting.resend_exports(connection=exact_connection, since=today, until=today, scope="documents", by=None) == 2
    send()

    assert sorted(entry["EntryNumber"] for entry in exact.entries.values()) == [260000001, 260000002]
    assert exact.paths("POST").count("SalesEntries") == 3


def test_another_document_under_our_number_is_said_and_left_alone(exact, exact_connection, company, send):
    exact.entries["hand"] = {"EntryNumber": 260000001, "Journal": "70", "YourRef": "met de hand", "EntryID": "hand"}
    generated(completed_order(company))

    send()

    row = AccountingExport.objects.get()
    assert (row.state, row.last_error_code) == ("parked", "number_taken")
    assert list(exact.entries) == ["hand"]


def test_what_was_booked_before_the_first_day_is_not_sent(exact, exact_connection, company, send):
    type(exact_connection).objects.update(starts_on="2026-03-03")
    generated(completed_order(company))

    assert (send(), states()) == (0, [])


def test_payments_are_exacts_own_to_read_from_the_bank(exact, exact_connection, company, send):
    invoice = generated(completed_order(company))
    services.payment_receive(
        business_entity=company, amount=invoice.total_amount, payment_date=invoice.invoice_date,
        payment_method="bank_transfer", invoice=invoice,
    )  # fmt: skip

    send()

    assert states() == [("invoice", "done")]


def test_the_line_can_be_checked(exact, exact_connection, company, send):
    generated(completed_order(company))
    generated(completed_order(company))
    send()
    assert wrong_in("accounting_exports") == []

    with undone():
        AccountingExport.objects.filter(sequence=1).delete()
        assert wrong_in("accounting_exports") == ["accounting_exports"]
    with undone():
        other = company_with_books("laderthuis")
        AccountingExport.objects.filter(sequence=1).update(document=generated(completed_order(other)))
        assert wrong_in("accounting_exports") == ["accounting_exports"]
