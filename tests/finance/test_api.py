"""The doors of finance: who may, what is told, and what a refusal leaves behind."""

import pytest

from apps.core import clock
from apps.finance.models import Invoice, Payment
from tests.factories.organizations import BusinessEntityFactory
from tests.finance.conftest import company_with_books, completed_order
from tests.orders.conftest import Caller, assert_refused, user_with

INVOICE_FIELDS = [
    "id", "invoice_number", "invoice_type", "status", "version", "business_entity", "order_id", "order_number",
    "credited_invoice_id", "billing_organization", "billing_contact", "invoice_date", "delivery_date", "due_date",
    "payment_term_days", "payment_reference", "customer_reference", "lines", "taxes", "subtotal_excl_tax", "total_tax", "total_amount", "paid_amount",
    "credited_amount", "written_off_amount", "balance", "currency", "created_at",
]  # fmt: skip


@pytest.fixture
def api(client, company):
    return Caller(client, user_with("finance.invoices", "finance.payments", "finance.approve", "finance.credit"))


def test_an_order_is_invoiced_paid_and_credited(api, company):
    order = completed_order(company, ("2", "50.00", "0.21"))

    answer = api.post("invoices/generate", {"order_id": str(order.pk)})
    assert answer.status_code == 201
    (invoice,) = answer.json()["invoices"]
    assert list(invoice) == INVOICE_FIELDS
    assert (invoice["total_amount"], invoice["balance"], invoice["currency"]) == ("121.00", "121.00", "EUR")
    assert invoice["taxes"] == [{"vat_category": "S", "vat_rate": "0.21", "taxable": "100.00", "amount": "21.00"}]

    paid = api.post(
        "payments",
        {
            "business_entity": "chargecars",
            "amount": "21.00",
            "payment_date": clock.today().isoformat(),
            "payment_method": "ideal",
            "invoice_id": invoice["id"],
            "external_reference": "tr_1",
        },
    )
    assert paid.status_code == 201
    assert [(each["invoice_number"], each["amount"]) for each in paid.json()["allocations"]] == [
        (invoice["invoice_number"], "21.00")
    ]
    told = api.get(f"invoices/{invoice['id']}").json()
    assert (told["status"], told["paid_amount"], told["balance"]) == ("partially_paid", "21.00", "100.00")

    note = api.post(f"invoices/{invoice['id']}/credit", {"reason": "Retour"})
    assert note.status_code == 201
    assert (note.json()["invoice_type"], note.json()["total_amount"]) == ("credit_note", "-121.00")
    assert [each["invoice_type"] for each in api.get("invoices").json()["results"]] == ["credit_note", "customer_invoice"]
    assert api.get("payments").json()["results"][0]["on_account"] == "21.00"


def test_a_draft_is_approved_once(api, company):
    order = completed_order(company)
    (draft,) = api.post("invoices/generate", {"order_id": str(order.pk), "draft": True}).json()["invoices"]
    assert (draft["status"], draft["invoice_number"]) == ("draft", None)

    approved = api.post(f"invoices/{draft['id']}/approve", {})
    assert (approved.status_code, approved.json()["status"]) == (200, "approved")
    assert_refused(api.post(f"invoices/{draft['id']}/approve", {}), 409, "status_conflict")


def test_the_engine_approves_by_the_same_act_and_moves_nothing_that_follows_the_money(api, company):
    order = completed_order(company)
    (draft,) = api.post("invoices/generate", {"order_id": str(order.pk), "draft": True}).json()["invoices"]
    step = {"entity_type": "invoice", "entity_id": draft["id"]}

    moved = api.post("status-engine/change", {**step, "to_status": "approved"})
    assert (moved.status_code, moved.json()["to_status"]) == (200, "approved")
    assert Invoice.objects.get().invoice_number
    refused = api.post("status-engine/change", {**step, "to_status": "partially_paid"})
    assert_refused(refused, 403, "permission_denied")
    assert Invoice.objects.get().status == "approved"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/order_id"]),
        ({"order_id": "x"}, ["/order_id"]),
        ({"order_id": "550e8400-e29b-41d4-a716-446655440001", "wat": 1}, ["/wat"]),
        ({"order_id": "550e8400-e29b-41d4-a716-446655440001", "line_items_to_invoice": []}, ["/line_items_to_invoice"]),
        (
            {
                "order_id": "550e8400-e29b-41d4-a716-446655440001",
                "line_items_to_invoice": [{"line_item_id": "550e8400-e29b-41d4-a716-446655440001", "quantity": "NaN"}],
            },
            ["/line_items_to_invoice/0/quantity"],
        ),
    ],
)
def test_a_request_that_cannot_be_read_names_the_field(api, body, pointers):
    assert_refused(api.post("invoices/generate", body), 400, "malformed", *pointers)


@pytest.mark.parametrize("amount", ["NaN", "-1.00", "0", "1.005", "1e9", "9999999999.00", True, None, "12,50"])
def test_an_amount_that_is_none_is_refused_and_books_nothing(api, amount):
    body = {
        "business_entity": "chargecars", "amount": amount, "payment_date": clock.today().isoformat(), "payment_method": "cash",
    }  # fmt: skip

    assert_refused(api.post("payments", body), 400, "malformed", "/amount")
    assert not Payment.objects.exists()


def test_a_reference_of_a_provider_comes_in_once(api):
    body = {
        "business_entity": "chargecars", "amount": "5.00", "payment_date": clock.today().isoformat(), "payment_method": "mollie",
        "external_reference": "tr_7",
    }  # fmt: skip
    assert api.post("payments", body).status_code == 201

    assert_refused(api.post("payments", body), 409, "payment_known")
    assert Payment.objects.count() == 1


def test_other_companies_are_not_there(api, company):
    theirs = completed_order(company_with_books("laderthuis"))
    BusinessEntityFactory(entity_code="laderthuis")

    assert_refused(api.post("invoices/generate", {"order_id": str(theirs.pk)}), 404, "not_found")
    body = {
        "business_entity": "laderthuis", "amount": "5.00", "payment_date": clock.today().isoformat(), "payment_method": "cash",
    }  # fmt: skip
    assert_refused(api.post("payments", body), 400, "malformed", "/business_entity")


@pytest.mark.parametrize(
    ("scopes", "path", "body", "allowed"),
    [
        (("finance.reports",), "invoices/generate", {"order_id": "{order}"}, False),
        (("finance.invoices",), "invoices/generate", {"order_id": "{order}", "draft": True}, True),
        (("finance.invoices",), "payments", {}, False),
        (("sales.orders",), "invoices/generate", {"order_id": "{order}"}, False),
    ],
)
def test_each_act_needs_its_right(client, company, scopes, path, body, allowed):
    order = completed_order(company)
    caller = Caller(client, user_with(*scopes))
    filled = {name: str(order.pk) if value == "{order}" else value for name, value in body.items()}

    answer = caller.post(path, filled)

    assert (answer.status_code == 201) is allowed
    if not allowed:
        assert_refused(answer, 403, "permission_denied")
        assert not Invoice.objects.exists()
