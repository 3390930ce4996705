"""Customers: one for each e-mail address at each company, and what is known stays."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from apps.core.errors import Malformed
from apps.organizations.choices import AddressType, OrganizationType
from apps.organizations.models import Address, Contact, Organization
from apps.organizations.services import AddressData, find_or_create_customer
from tests.factories.organizations import AddressFactory, BusinessEntityFactory, ContactFactory, OrganizationFactory

AT_HOME = AddressData(street="Dorpsstraat", house_number="12-A", postal_code="3861 ab", city="Nijkerk")
ELSEWHERE = AddressData(street="Kerkplein 3", postal_code="3811 CD", city="Amersfoort")


def ask_for_sanne(**changes):
    asked = {
        "business_entity": BusinessEntityFactory(),
        "name": "Sanne de Wit",
        "email": "Sanne@Example.nl",
        "phone": "06 12345678",
        "address": AT_HOME,
        "language": "en",
        "by": None,
    }
    return find_or_create_customer(**asked | changes)


@pytest.mark.django_db
def test_a_new_customer_of_a_wholesaler_is_a_business():
    match = ask_for_sanne(business_entity=BusinessEntityFactory(entity_code="zaptecshop"))

    assert (match.organization.name, match.organization.organization_type) == (
        "Sanne de Wit",
        OrganizationType.CUSTOMER_BUSINESS,
    )


@pytest.mark.django_db
def test_a_new_customer_is_a_private_one_with_contact_and_address():
    match = ask_for_sanne()

    organization, contact = Organization.objects.get(), Contact.objects.get()
    assert (match.created, match.differences) == (True, {})
    assert (match.organization, match.contact) == (organization, contact)
    assert organization.name == "Sanne de Wit (Particulier)"
    assert organization.organization_type == OrganizationType.CUSTOMER_INDIVIDUAL
    assert (organization.email, organization.phone) == ("sanne@example.nl", "+31612345678")
    assert organization.visiting_address.street_line == "Dorpsstraat 12 A"
    assert organization.visiting_address.address_type == AddressType.CUSTOMER_HOME
    assert organization.visiting_address.business_entity == organization.business_entity
    assert (contact.first_name, contact.last_name, contact.language) == ("Sanne", "de Wit", "en")
    assert (contact.email, contact.phone) == ("sanne@example.nl", "+31612345678")
    assert (contact.organization, contact.is_primary) == (organization, True)


@pytest.mark.django_db
def test_a_name_of_one_word_has_no_last_name():
    contact = ask_for_sanne(name="  Sanne ").contact

    assert (contact.first_name, contact.last_name, contact.full_name) == ("Sanne", "", "Sanne")


@pytest.mark.django_db
def test_the_same_customer_is_found_again_however_it_is_written():
    first = ask_for_sanne()

    again = ask_for_sanne(
        name="SANNE DE  WIT",
        email=" sanne@example.nl",
        phone="+31 6 12345678",
        address=AddressData(street="Dorpsstr.", house_number="12 a", postal_code="3861AB", city="NIJKERK"),
    )

    assert (again.created, again.differences) == (False, {})
    assert (again.organization, again.contact) == (first.organization, first.contact)
    assert (Organization.objects.count(), Contact.objects.count(), Address.objects.count()) == (1, 1, 2)


@pytest.mark.django_db
def test_what_is_known_stays_and_what_differs_is_told():
    first = ask_for_sanne()

    again = ask_for_sanne(name="Jip Smit", phone="06 87654321", address=ELSEWHERE)

    assert again.differences == {
        "name": {"known": "Sanne de Wit", "given": "Jip Smit"},
        "phone": {"known": "+31612345678", "given": "+31687654321"},
        "address": {"known": "Dorpsstraat 12 A, 3861 AB Nijkerk", "given": "Kerkplein 3, 3811 CD Amersfoort"},
    }
    first.contact.refresh_from_db()
    first.organization.refresh_from_db()
    assert (first.contact.full_name, first.contact.phone) == ("Sanne de Wit", "+31612345678")
    assert first.organization.visiting_address.street_line == "Dorpsstraat 12 A"


@pytest.mark.django_db
def test_what_is_missing_is_filled_in():
    first = ask_for_sanne(phone="", address=None)

    again = ask_for_sanne()

    first.contact.refresh_from_db()
    first.organization.refresh_from_db()
    assert again.differences == {}
    assert first.contact.phone == "+31612345678"
    assert first.organization.visiting_address.street_line == "Dorpsstraat 12 A"


@pytest.mark.django_db
def test_a_second_address_that_is_known_makes_no_difference():
    first = ask_for_sanne()
    first.organization.billing_address = AddressFactory(postal_code="3811CD", house_number=3)
    first.organization.save()

    assert ask_for_sanne(address=ELSEWHERE).differences == {}


@pytest.mark.django_db
def test_each_company_has_its_own_customers():
    first = ask_for_sanne()

    other = ask_for_sanne(business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert other.created
    assert other.organization != first.organization


@pytest.mark.django_db
def test_a_business_customer_is_found_by_its_name_or_its_contact():
    company = OrganizationFactory(
        organization_type=OrganizationType.CUSTOMER_BUSINESS, name="Bakkerij Smit", email="jip@example.nl"
    )
    contact = ContactFactory(organization=company, first_name="Jip", last_name="Smit")

    for name in ("Jip Smit", "Bakkerij Smit"):
        match = ask_for_sanne(name=name, email="jip@example.nl", phone="", address=None)
        assert (match.organization, match.contact, match.differences) == (company, contact, {})


@pytest.mark.django_db
def test_a_partner_with_the_same_address_is_no_customer():
    OrganizationFactory(partner=True, email="sanne@example.nl")

    assert ask_for_sanne().created


@pytest.mark.django_db
def test_a_customer_whose_contacts_are_gone_gets_a_new_one():
    first = ask_for_sanne()
    Contact.objects.update(deleted_at="2026-01-01T00:00Z")

    again = ask_for_sanne()

    assert again.organization == first.organization
    assert again.contact != first.contact


@pytest.mark.django_db
def test_every_wrong_field_is_named_and_nothing_is_stored():
    with pytest.raises(Malformed) as refused:
        ask_for_sanne(
            name=" ",
            email="sanne",
            phone="112",
            language="fr",
            address=AddressData(street="Dorpsstraat", house_number="1", postal_code="0000 XX", city=""),
        )

    assert {(wrong.pointer, wrong.code) for wrong in refused.value.fields} == {
        ("/name", "blank"),
        ("/email", "invalid_email"),
        ("/phone", "invalid_phone"),
        ("/language", "unknown_language"),
        ("/address/postal_code", "invalid_postcode"),
        ("/address/city", "blank"),
    }
    assert not Organization.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"business_entity": None},
        {"email": "Sanne@example.nl"},
        {"organization_type": "friend"},
        {"credit_limit": -1},
    ],
)
def test_the_database_refuses_what_is_no_customer(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        OrganizationFactory(**wrong)


@pytest.mark.django_db
def test_the_database_refuses_an_amount_that_is_no_number():
    organization = OrganizationFactory()

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE organization SET credit_limit = 'NaN' WHERE id = %s", (organization.pk,))


@pytest.mark.django_db
def test_an_organization_has_one_primary_contact():
    contact = ContactFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        ContactFactory(organization=contact.organization)


def test_sixteen_at_once_make_one_customer(real_commits, together):
    entity = BusinessEntityFactory()

    matches = together([lambda: ask_for_sanne(business_entity=entity)] * 16)

    assert [match.created for match in matches].count(True) == 1, matches
    assert {match.organization.pk for match in matches} == {Organization.objects.get().pk}
    assert {match.contact.pk for match in matches} == {Contact.objects.get().pk}


def test_without_the_lock_sixteen_at_once_make_several(real_commits, together, monkeypatch):
    """The negative control: nobody finds a customer that another transaction is about to store."""
    entity = BusinessEntityFactory()
    gate = threading.Barrier(16)
    monkeypatch.setattr("apps.organizations.services.customers.lock_name", lambda *_: gate.wait(30))

    together([lambda: ask_for_sanne(business_entity=entity)] * 16)

    assert Organization.objects.count() > 1
