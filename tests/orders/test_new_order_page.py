"""A new order on the phone: the e-mail address first, then what we know, then the rest."""

import pytest
from django.urls import reverse

from apps.orders.models import Order
from apps.organizations.models import Organization
from tests.factories.orders import OrderFactory
from tests.factories.organizations import AddressFactory, BusinessEntityFactory, ContactFactory, OrganizationFactory
from tests.orders.conftest import user_with
from tests.orders.test_admin import NEW, formset

pytestmark = pytest.mark.usefixtures("policies", "entity")

ADD = reverse("admin:orders_order_add")
LOOK = reverse("admin:orders_order_customer")
STAFF = ("view_order", "change_order", "add_order")
COMPANY = {
    "customer_kind": "company",
    "company_name": "Bakkerij Korst",
    "legal_name": "Korst B.V.",
    "kvk_number": "6809 2012",
    "vat_number": "NL 8109.19.576 B01",
    "iban": "NL91 ABNA 0417 1643 00",
}


@pytest.fixture
def staff(client):
    client.force_login(user_with("sales.orders", models=STAFF))
    return client


@pytest.fixture
def known(entity):
    place = AddressFactory(business_entity=entity)
    customer = OrganizationFactory(
        business_entity=entity, email="sanne@example.nl", name="Sanne de Wit (Particulier)", visiting_address=place
    )
    ContactFactory(organization=customer, first_name="Sanne", last_name="de Wit", email="sanne@example.nl", is_primary=True)
    return customer


def place(client, entity, **answers):
    return client.post(ADD, NEW | {"business_entity": str(entity.pk)} | answers | formset({}))


def look(client, entity, email):
    return client.get(LOOK, {"business_entity": str(entity.pk), "email": email})


def test_an_address_that_we_know_names_the_customer_their_places_and_latest_orders(staff, entity, known):
    orders = [OrderFactory(customer_organization=known, primary_contact=known.contacts.get()) for _ in range(7)]

    answer = look(staff, entity, "  Sanne@Example.nl ")

    assert (answer.context["customer"], answer.context["contact"]) == (known, known.contacts.get())
    assert known.visiting_address in answer.context["addresses"]
    assert answer.context["orders"] == orders[:1:-1]
    html = answer.content.decode()
    assert "<html" not in html
    for text in ("Sanne de Wit", str(known.visiting_address), orders[-1].order_number):
        assert text in html


@pytest.mark.parametrize("email", ["fenna@example.nl", "no address", "", "x" * 300 + "@example.nl"])
def test_an_address_that_nobody_has_names_nobody(staff, entity, known, email):
    answer = look(staff, entity, email)

    assert (answer.status_code, answer.context["customer"]) == (200, None)


@pytest.mark.parametrize("key", ["x", "", "00000000-0000-4000-8000-000000000001"])
def test_a_company_that_is_none_finds_nobody(staff, known, key):
    answer = staff.get(LOOK, {"business_entity": key, "customer": key, "email": "sanne@example.nl"})

    assert (answer.status_code, answer.context["customer"]) == (200, None)


def test_customers_of_another_company_stay_out_of_sight(staff, entity):
    other = BusinessEntityFactory(entity_code="laderthuis")
    stranger = OrganizationFactory(business_entity=other, email="sanne@example.nl")

    found = [
        look(staff, other, "sanne@example.nl").context["customer"],
        look(staff, entity, "sanne@example.nl").context["customer"],
        staff.get(LOOK, {"customer": str(stranger.pk)}).context["customer"],
    ]

    assert found == [None, None, None]


def test_who_may_not_take_orders_looks_nobody_up(client, entity, known):
    client.force_login(user_with("operations.planning", models=("view_order",)))

    assert look(client, entity, "sanne@example.nl").status_code == 403


def test_of_a_known_customer_the_address_is_enough(staff, entity, known):
    place(staff, entity, name="", phone="", street="", house_number="", postal_code="", city="")

    order = Order.objects.get()
    assert (order.customer_organization, order.installation_address, order.customer_differences) == (known, None, {})


def test_a_known_place_is_chosen(staff, entity, known):
    place(staff, entity, name="", phone="", street="", known_address=str(known.visiting_address_id))

    assert Order.objects.get().installation_address == known.visiting_address
    assert Organization.objects.customers().count() == 1


def test_a_place_of_somebody_else_is_refused(staff, entity, known):
    answer = place(staff, entity, name="", known_address=str(AddressFactory(business_entity=entity).pk))

    assert answer.context["form"].errors.keys() == {"known_address"}
    assert not Order.objects.exists()


def test_a_new_company_is_kept_with_its_numbers(staff, entity):
    place(staff, entity, **COMPANY)

    customer = Order.objects.get().customer_organization
    assert (customer.organization_type, customer.name, customer.legal_name) == (
        "customer_business",
        "Bakkerij Korst",
        "Korst B.V.",
    )
    assert (customer.kvk_number, customer.vat_number, customer.iban) == ("68092012", "NL810919576B01", "NL91ABNA0417164300")
    assert customer.contacts.get().full_name == "Sanne de Wit"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"company_name": ""}, "company_name"),
        ({"kvk_number": "123"}, "kvk_number"),
        ({"vat_number": "NL123"}, "vat_number"),
        ({"iban": "NL00ABNA0417164300"}, "iban"),
    ],
)
def test_a_company_that_is_wrong_stays_on_the_screen(staff, entity, change, field):
    answer = place(staff, entity, **COMPANY | change)

    assert answer.context["form"].errors.keys() - {"__all__"} == {field}
    assert Order.objects.count() == Organization.objects.customers().count() == 0


def test_without_scripts_a_button_finds_the_customer_and_complains_of_nothing(staff, entity, known):
    answer = staff.post(ADD, {"business_entity": str(entity.pk), "email": "sanne@example.nl", "_find": "1"} | formset({}))

    assert (answer.context["customer"], answer.context["form"].errors) == (known, {})
    assert not Order.objects.exists()


def test_a_form_that_is_sent_twice_places_one_order(staff, entity):
    key = "00000000-0000-4000-8000-000000000001"

    first, second = (place(staff, entity, form_key=key) for _ in range(2))

    assert Order.objects.count() == 1
    assert first.url == second.url == reverse("admin:orders_order_change", args=[Order.objects.get().pk])


def test_a_form_that_was_sent_before_with_other_answers_is_asked_again(staff, entity):
    key = "00000000-0000-4000-8000-000000000001"
    place(staff, entity, form_key=key)

    again = place(staff, entity, form_key=key, notes="Nog een")
    fresh = str(again.context["form"]["form_key"].value())
    place(staff, entity, form_key=fresh, notes="Nog een")

    assert again.context["form"].non_field_errors()
    assert (fresh != key, Order.objects.count()) == (True, 2)


def test_another_one_begins_with_the_same_company_and_type(staff, entity):
    answer = place(staff, entity, order_type="service", _another="1")

    form = staff.get(answer.url).context["form"]
    assert (form["business_entity"].value(), form["order_type"].value()) == (str(entity.pk), "service")
    assert form["email"].value() is None


def test_the_page_has_no_script_of_its_own_and_warns_of_unsaved_changes(staff):
    html = staff.get(ADD).content.decode()

    assert "data-warn-unsaved" in html
    assert "orders/new_order.js" in html
    assert "<script>" not in html


def test_an_empty_list_says_what_will_stand_there_and_one_that_was_filtered_what_to_take_away(staff, entity):
    empty = staff.get(reverse("admin:orders_order_changelist"), headers={"accept-language": "en"}).content.decode()
    filtered = staff.get(
        reverse("admin:orders_order_changelist"), {"q": "zzz"}, headers={"accept-language": "en"}
    ).content.decode()

    assert "There are no orders yet" in empty
    assert "Take a filter or a word of the search away." in filtered
    assert ADD in empty
