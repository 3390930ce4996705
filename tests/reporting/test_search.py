"""The search over everything: in the palette and on its page, within its reader's view."""

import pytest
from django.urls import reverse

from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.factories.workflow import InternalTaskFactory
from tests.orders.conftest import user_with

FIND = reverse("search-everything")
PALETTE = reverse("admin:search")
MODELS = ("view_order", "add_order", "view_organization", "view_contact", "view_internaltask")


@pytest.fixture
def staff(client, db):
    client.force_login(user_with("sales.orders", models=MODELS, entity=BusinessEntityFactory()))
    return client


def found(client, term):
    """Per kind the addresses of what the page shows."""
    groups = client.get(FIND, {"q": term}, headers={"accept-language": "en"}).context["groups"]
    return {kind: [hit.url for hit in hits] for kind, hits in groups}


def page(record):
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def test_an_order_is_found_by_its_number_customer_and_partners_reference(staff):
    order = OrderFactory(partner_reference="ESS-778", customer_organization__name="Bakkerij Korst")
    OrderFactory()

    assert [found(staff, term)["Orders"] for term in (order.order_number, "korst", "ess-778")] == [[page(order)]] * 3


def test_customers_contacts_tasks_pages_and_acts_are_found(staff):
    order = OrderFactory(customer_organization__name="Zonderling")
    task = InternalTaskFactory(title="Zonderling bellen", business_entity=order.business_entity)

    hits = found(staff, "zonderling")
    acts = found(staff, "new order")

    assert (hits["Organizations"], hits["Tasks"]) == ([page(order.customer_organization)], [page(task)])
    assert acts["Begin"] == [reverse("admin:orders_order_add")]
    assert reverse("admin:orders_order_changelist") in found(staff, "orders")["Pages"]


@pytest.mark.parametrize("path", [FIND, PALETTE])
def test_what_is_out_of_sight_is_not_found(staff, path):
    order = OrderFactory(
        business_entity=BusinessEntityFactory(entity_code="laderthuis"), customer_organization__name="Zonderling"
    )

    html = staff.get(path, {"q": "zonderling", "s": "zonderling", "extended": "1"}).content.decode()

    assert page(order) not in html
    assert page(order.customer_organization) not in html


def test_who_may_not_begin_an_order_is_not_offered_one(client, db):
    client.force_login(user_with("admin.audit", models=("view_order",)))

    assert "Begin" not in found(client, "new order")


def test_the_palette_remembers_nothing_of_before(staff):
    staff.get(PALETTE, {"s": "zonderling", "extended": "1"})
    order = OrderFactory(customer_organization__name="Zonderling")

    assert page(order) in staff.get(PALETTE, {"s": "zonderling", "extended": "1"}).content.decode()


@pytest.mark.parametrize("query", [{}, {"s": " "}, {"s": "zz", "page": "x"}, {"s": "zz", "page": "-1"}, {"s": "%"}])
def test_the_palette_answers_whatever_it_is_asked(staff, query):
    assert staff.get(PALETTE, query).status_code == 200


def test_the_page_says_what_to_do_when_there_is_nothing(staff):
    answers = [staff.get(FIND, {"q": term}) for term in ("", "x", "nothing like it")]

    assert [answer.context["groups"] for answer in answers] == [[], [], []]
    assert len({answer.content for answer in answers}) == 3


def test_search_is_for_staff(client, db):
    assert client.get(FIND, {"q": "order"}).status_code == 302


def test_every_page_has_a_way_past_the_menu_and_the_keys_one_may_use(staff):
    html = staff.get(reverse("admin:index")).content.decode()

    assert 'class="cc-skip" href="#content"' in html
    assert (html.count('data-key="new"'), html.count('data-key="partners"')) == (1, 0)
