"""The API's contract: what it takes, what it tells, and that a refusal leaves nothing behind."""

from datetime import timedelta
from decimal import Decimal

import pytest

from apps.core import clock
from apps.orders.choices import OrderStatus
from apps.orders.models import LineItem, Order
from apps.orders.services import remove_order
from apps.organizations.models import Address, Organization
from apps.workflow.services import record_creation
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ArticleFactory
from tests.factories.orders import LineItemFactory, OrderFactory, OrderOrganizationFactory, order_in
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory, OrganizationFactory
from tests.orders.conftest import Caller, assert_refused, user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

ORDER_FIELDS = [
    "id",
    "order_number",
    "business_entity",
    "order_type",
    "workflow",
    "status",
    "status_since",
    "sla_deadline",
    "is_overdue",
    "version",
    "customer",
    "installation_address",
    "line_items",
    "total_excl_vat",
    "total_vat",
    "total_incl_vat",
    "cancellation_code",
    "cancellation_reason",
    "billing_status",
    "financial_status",
    "created_at",
]
PLACE = {"street": "Dorpsstraat", "house_number": "12", "addition": "A", "postal_code": "3861 ab", "city": "Nijkerk"}
NEW_ORDER = {
    "business_entity": "chargecars",
    "order_type": "installation",
    "customer": {"name": "Sanne de Wit", "email": "Sanne@example.nl", "phone": "0612345678"},
    "installation_address": PLACE,
    "line_items": [{"description": "Laadpunt", "quantity": 1, "unit_price": "599.00"}],
}
HOLD = {"hold_reason_category": "customer_delay", "hold_reason_details": "Op vakantie"}


def test_a_new_order_is_told_as_it_stands(api):
    answer = api.post("orders", NEW_ORDER)

    assert answer.status_code == 201
    told = answer.json()
    assert list(told) == ORDER_FIELDS
    order = Order.objects.get()
    assert told["id"] == str(order.pk)
    assert told["order_number"] == order.order_number
    assert (told["business_entity"], told["status"], told["workflow"]) == ("chargecars", "new_lead", "installation")
    assert (told["version"], told["is_overdue"]) == (1, False)
    assert told["sla_deadline"] is not None
    assert told["customer"]["email"] == "sanne@example.nl"
    assert told["installation_address"] == {
        "street": "Dorpsstraat",
        "house_number": "12",
        "addition": "A",
        "postal_code": "3861AB",
        "city": "Nijkerk",
        "country": "NL",
    }
    (line,) = told["line_items"]
    assert (line["article"], line["quantity"], line["unit_price"]) == (None, "1.000", "599.00")
    assert (told["total_excl_vat"], told["total_vat"], told["total_incl_vat"]) == ("599.00", "125.79", "724.79")
    assert (told["billing_status"], told["financial_status"]) == ("not_invoiced", "unpaid")


def test_a_customer_by_key_and_a_line_by_article(api):
    customer = ContactFactory().organization
    ArticleFactory(article_number="ZAP-22", list_price=Decimal("799.0000"))

    answer = api.post(
        "orders",
        NEW_ORDER | {"customer": {"id": str(customer.pk)}, "line_items": [{"article": "ZAP-22", "quantity": "2.5"}]},
    )

    assert answer.status_code == 201
    assert answer.json()["customer"]["id"] == str(customer.pk)
    assert answer.json()["line_items"][0]["article"] == "ZAP-22"
    assert answer.json()["total_excl_vat"] == "1997.50"


def test_a_customer_is_found_again_by_address(api):
    first, second = api.post("orders", NEW_ORDER), api.post("orders", NEW_ORDER)

    assert first.json()["customer"]["id"] == second.json()["customer"]["id"]
    assert Organization.objects.customers().count() == 1


WRONG = {
    "unknown company": ({"business_entity": "nobody"}, ["/business_entity"]),
    "company of others": ({"business_entity": "laderthuis"}, ["/business_entity"]),
    "unknown type": ({"order_type": "gift"}, ["/order_type"]),
    "type as number": ({"order_type": 1}, ["/order_type"]),
    "unknown field": ({"status": "completed"}, ["/status"]),
    "several unknown fields": ({"id": "x", "created_at": "x"}, ["/id", "/created_at"]),
    "no customer": ({"customer": None}, ["/customer"]),
    "customer without address": ({"customer": {"name": "Sanne"}}, ["/customer"]),
    "customer by key and name": (
        {"customer": {"id": "00000000-0000-4000-8000-000000000000", "name": "S"}},
        ["/customer"],
    ),
    "unknown customer": ({"customer": {"id": "00000000-0000-4000-8000-000000000000"}}, ["/customer/id"]),
    "customer's broken address": ({"customer": {"name": "S", "email": "nope"}}, ["/customer/email"]),
    "customer's broken phone": (
        {"customer": {"name": "S", "email": "s@example.nl", "phone": "12"}},
        ["/customer/phone"],
    ),
    "postcode": ({"installation_address": PLACE | {"postal_code": "0123 AB"}}, ["/installation_address/postal_code"]),
    "street as number": ({"installation_address": PLACE | {"street": 5}}, ["/installation_address/street"]),
    "nul": ({"notes": "a\u0000b"}, None),
    "quantity zero": ({"line_items": [{"description": "x", "quantity": 0, "unit_price": 1}]}, ["/line_items/0/quantity"]),
    "quantity as exponent": (
        {"line_items": [{"description": "x", "quantity": "1E+9", "unit_price": 1}]},
        ["/line_items/0/quantity"],
    ),
    "price with five decimals": (
        {"line_items": [{"description": "x", "quantity": 1, "unit_price": "1.00001"}]},
        ["/line_items/0/unit_price"],
    ),
    "line without a price": ({"line_items": [{"description": "x", "quantity": 1}]}, ["/line_items/0"]),
    "line that names nothing": ({"line_items": [{"quantity": 1, "unit_price": 1}]}, ["/line_items/0"]),
    "unknown article": ({"line_items": [{"article": "NOPE", "quantity": 1}]}, ["/line_items/0/article"]),
    "day written otherwise": ({"requested_date": "20261201"}, ["/requested_date"]),
    "day too far": ({"requested_date": "9999-12-31"}, ["/requested_date"]),
    "too many lines": (
        {"line_items": [{"description": "x", "quantity": 1, "unit_price": 1}] * 1001},
        ["/line_items"],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_order_leaves_nothing_behind(api, case):
    change, pointers = WRONG[case]
    BusinessEntityFactory(entity_code="laderthuis")
    before = Address.objects.count(), Organization.objects.count()

    answer = api.post("orders", NEW_ORDER | change)

    assert answer.status_code == 400
    if pointers is not None:
        assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert (Order.objects.count(), LineItem.objects.count()) == (0, 0)
    assert (Address.objects.count(), Organization.objects.count()) == before


def test_what_the_business_refuses_leaves_nothing_behind(api):
    ArticleFactory(article_number="OUD", is_active=False)
    before = Organization.objects.count()

    answer = api.post("orders", NEW_ORDER | {"line_items": [{"article": "OUD", "quantity": 1}]})

    assert_refused(answer, 422, "lines_refused", "/line_items/0/article")
    assert (Order.objects.count(), Organization.objects.count()) == (0, before)


@pytest.mark.parametrize("by", ["id", "order_number"])
def test_an_order_is_found_by_key_and_by_number(api, by):
    order = OrderFactory()
    record_creation(order, by=None)

    answer = api.get(f"orders/{getattr(order, 'pk' if by == 'id' else by)}")

    assert (answer.status_code, answer.json()["id"]) == (200, str(order.pk))


def test_an_order_of_another_company_is_not_there(api):
    order = OrderFactory(business_entity__entity_code="laderthuis")

    answers = [
        api.get(f"orders/{order.pk}"),
        api.get(f"orders/{order.order_number}"),
        api.get("orders/CC-2026-99999"),
        api.patch(f"orders/{order.pk}", {"version": 1, "notes": "x"}),
        api.post(f"orders/{order.pk}/hold", HOLD),
        api.get(f"orders/{order.pk}/timeline"),
        api.get(f"orders/{order.pk}/holds"),
    ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "not_found")}
    assert api.get("orders").json()["results"] == []


def test_a_partners_person_sees_the_partners_orders_and_no_others(client):
    partner, other = OrganizationFactory(partner=True), OrganizationFactory(partner=True)
    theirs = OrderFactory(partner_organization=partner)
    OrderFactory(partner_organization=other)
    user = UserFactory()
    MembershipFactory(user=user, organization=partner, business_entity=None)
    user.user_permissions.set(user_with("sales.orders").user_permissions.all())

    answer = Caller(client, user).get("orders")

    assert [row["id"] for row in answer.json()["results"]] == [str(theirs.pk)]


def test_a_partners_person_reads_its_order_and_neither_changes_it_nor_reads_what_we_say_of_it(client):
    partner = OrganizationFactory(partner=True)
    order = order_in(OrderStatus.QUOTE_SENT, partner_organization=partner)
    user = user_with("sales.orders")  # the role of a partner has it too
    user.memberships.all().delete()
    MembershipFactory(user=user, organization=partner, business_entity=None)
    api = Caller(client, user)

    approval = {"entity_type": "order", "entity_id": str(order.pk), "to_status": "customer_approved", "transition_reason": "Ja"}
    closed = [
        api.patch(f"orders/{order.pk}", {"version": 1, "internal_notes": "Gratis"}),
        api.post(f"orders/{order.pk}/hold", HOLD),
        api.post(f"orders/{order.pk}/resume", {"resolution_notes": "Terug"}),
        api.post("status-engine/change", approval),
        api.get(f"orders/{order.pk}/timeline"),
        api.get(f"orders/{order.pk}/holds"),
        api.get(f"status-engine/order/{order.pk}"),
        api.get(f"status-engine/order/{order.pk}/history"),
    ]
    in_bulk = api.post("orders/bulk-hold", {**HOLD, "order_ids": [str(order.pk)]})

    assert api.get(f"orders/{order.pk}").status_code == 200
    assert [(answer.status_code, answer.json()["code"]) for answer in closed] == [(404, "not_found")] * len(closed)
    assert [result["code"] for result in in_bulk.json()["results"]] == ["not_found"]
    left = Order.objects.get(pk=order.pk)
    assert (left.status, left.version, left.internal_notes) == (OrderStatus.QUOTE_SENT, 1, "")


def test_a_removed_order_is_out_of_the_engines_reach_too(api, boss):
    order = OrderFactory()
    remove_order(order=order, reason="Dubbel", by=boss)

    change = {"entity_type": "order", "entity_id": str(order.pk), "to_status": "intake_sent"}
    assert_refused(api.post("status-engine/change", change), 404, "not_found")


def test_who_is_involved_in_an_order_sees_it_once(client):
    part = OrderOrganizationFactory()
    OrderOrganizationFactory(order=part.order, organization=part.organization, relationship_type="subcontractor")
    user = user_with("sales.orders")
    user.memberships.all().delete()
    MembershipFactory(user=user, organization=part.organization, business_entity=None)

    answer = Caller(client, user).get("orders")

    assert [row["id"] for row in answer.json()["results"]] == [str(part.order.pk)]


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_takes_as_many_queries_for_one_order_as_for_three(api, django_assert_num_queries, number):
    for _ in range(number):
        order = OrderFactory(of_partner=True)
        LineItemFactory(order=order, article=ArticleFactory())
        record_creation(order, by=None)

    with django_assert_num_queries(LIST_QUERIES):
        answer = api.get("orders")

    assert len(answer.json()["results"]) == number
    assert list(answer.json()["results"][0]) == ORDER_FIELDS


LIST_QUERIES = 12


def test_the_list_is_in_pages_newest_first(api):
    orders = [OrderFactory() for _ in range(3)]

    first = api.get("orders", limit=2).json()
    rest = api.client.get(first["next"]).json()

    newest_first = [str(order.pk) for order in sorted(orders, key=lambda order: (order.created_at, order.pk), reverse=True)]
    assert [row["id"] for row in first["results"] + rest["results"]] == newest_first
    assert rest["next"] is None


def test_the_next_page_has_the_same_filters(api):
    for number in range(3):
        order_in(OrderStatus.PLANNING if number else OrderStatus.SCHEDULED)
    OrderFactory()

    first = api.get("orders", status=["planning", "scheduled"], limit=2).json()
    rest = api.client.get(first["next"]).json()

    assert [row["status"] for row in first["results"] + rest["results"]] == ["planning", "planning", "scheduled"]
    assert rest["next"] is None


def test_the_list_is_filtered(api):
    partner = OrganizationFactory(partner=True)
    wanted = order_in(OrderStatus.PLANNING, partner_organization=partner, priority_level="urgent", notes="Let op de hond")
    OrderFactory()

    today = clock.today()
    filters = [
        {"status": "planning"},
        {"status": "planning,scheduled"},
        {"status": ["planning", "scheduled"]},
        {"partner": partner.slug},
        {"partner": str(partner.pk)},
        {"priority_level": "urgent"},
        {"search": wanted.order_number.lower()},
        {"search": "hond"},
        {"status": "planning", "business_entity": "chargecars", "order_type": "installation"},
        {"search": "hond", "created_from": today.isoformat(), "created_to": today.isoformat()},
    ]
    assert [[row["id"] for row in api.get("orders", **query).json()["results"]] for query in filters] == [[str(wanted.pk)]] * len(
        filters
    )
    assert api.get("orders", created_to=(today - timedelta(days=1)).isoformat()).json()["results"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"state": "planning"},
        {"status": "nowhere"},
        {"created_from": "yesterday"},
        {"created_to": "9999-12-31"},
        {"created_from": "20261201"},
        {"limit": "0"},
        {"format": "xml"},
        {"business_entity": ["chargecars", "laderthuis"]},
    ],
)
def test_a_filter_that_is_not_understood_is_refused(api, query):
    answer = api.get("orders", **query)

    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [f"/{name}" for name in query]


def test_a_change_carries_the_version_it_was_made_on(api):
    order = api.post("orders", NEW_ORDER).json()

    changed = api.patch(f"orders/{order['id']}", {"version": 1, "notes": "Bel eerst", "installation_address": PLACE})
    late = api.patch(f"orders/{order['id']}", {"version": 1, "notes": "Te laat"})

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert_refused(late, 409, "version_conflict")
    assert Order.objects.get().notes == "Bel eerst"


def test_lines_are_changed_as_a_whole(api):
    order = api.post("orders", NEW_ORDER).json()
    line = order["line_items"][0]

    changed = api.patch(
        f"orders/{order['id']}",
        {
            "version": 1,
            "line_items": [
                {"id": line["id"], "description": "Laadpunt", "quantity": "2", "unit_price": "599.00"},
                {"description": "Montage", "quantity": "1", "unit_price": "450.00"},
            ],
        },
    )

    assert changed.json()["total_excl_vat"] == "1648.00"
    assert changed.json()["line_items"][0]["id"] == line["id"]


@pytest.mark.parametrize("change", [{"notes": "x"}, {"version": "1"}, {"version": 1, "status": "completed"}])
def test_a_change_that_is_not_understood_changes_nothing(api, change):
    order = OrderFactory()

    assert api.patch(f"orders/{order.pk}", change).status_code == 400
    assert Order.objects.get().version == 1
