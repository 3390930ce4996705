"""The pages of organizations: who sees which row, what is shown, what cannot be written."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.translation import override

from apps.core.contributions import Viewer
from apps.organizations.contributions import nearly_full_tiles
from apps.organizations.models import BusinessEntity, Membership, NumberSequence, Organization
from tests.factories.accounts import UserFactory
from tests.factories.organizations import (
    AddressFactory,
    BusinessEntityFactory,
    ContactFactory,
    MembershipFactory,
    NumberSequenceFactory,
    OrganizationFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


@pytest.fixture
def page(client):
    """Opens admin pages as a superuser, in English; `page.login(user)` as somebody else."""
    client.cookies["django_language"] = "en"
    client.force_login(UserFactory(superuser=True))

    def open_page(name, *args, **query):
        return client.get(reverse(f"admin:{name}", args=args), query)

    open_page.client = client
    return open_page


def staff_of(entity, *models):
    user = MembershipFactory(business_entity=entity, user=UserFactory(staff=True)).user
    for model in models:
        user.user_permissions.add(*Permission.objects.filter(content_type__model=model))
    return user


def test_staff_find_their_own_customers_alone(page):
    own = OrganizationFactory(name="Sanne de Wit (Particulier)")
    foreign = OrganizationFactory(
        business_entity=BusinessEntityFactory(entity_code="laderthuis"), name="Sanne Smit (Particulier)"
    )
    page.client.force_login(staff_of(own.business_entity, "organization"))

    listed = page("organizations_organization_changelist", q="Sanne").content.decode()

    assert (own.name in listed, foreign.name in listed) == (True, False)
    assert page("organizations_organization_change", own.pk).status_code == 200
    assert page("organizations_organization_change", foreign.pk).status_code == 302


def test_an_organization_shows_its_contacts(page):
    contact = ContactFactory(first_name="Jip", last_name="Jansen")

    shown = page("organizations_organization_change", contact.organization.pk).content.decode()

    assert "Jansen" in shown


def test_a_company_shows_what_is_missing(page):
    entity = BusinessEntityFactory(branding_config={"primary_color": "#0066CC"})

    shown = page("organizations_businessentity_changelist").content.decode()

    assert "45%, missing: logo, sender&#x27;s address" in shown
    assert page("organizations_businessentity_change", entity.pk).status_code == 200


def test_a_company_cannot_be_added_or_removed(page):
    entity = BusinessEntityFactory()

    assert page("organizations_businessentity_add").status_code == 403
    assert page.client.post(reverse("admin:organizations_businessentity_delete", args=[entity.pk])).status_code == 403
    assert BusinessEntity.objects.count() == 1


def test_branding_of_another_shape_is_refused(page):
    entity = BusinessEntityFactory()
    url = reverse("admin:organizations_businessentity_change", args=[entity.pk])
    form = page.client.get(url).context["adminform"].form
    fields = {name: form[name].value() for name in form.fields if form[name].value() is not None}

    answer = page.client.post(
        url,
        {
            **fields,
            "branding_config": '{"primary_color": "red; x"}',
            "bank_accounts-TOTAL_FORMS": 0,
            "bank_accounts-INITIAL_FORMS": 0,
        },
    )

    entity.refresh_from_db()
    assert "At $.primary_color: " in str(answer.context["errors"])
    assert entity.branding_config == {}


@pytest.mark.parametrize(("value", "words"), [(7, "in order"), (90_000, "nearly full"), (95_000, "about to widen")])
def test_a_number_sequence_shows_how_full_it_is_and_cannot_be_written(page, value, words):
    sequence = NumberSequenceFactory(current_value=value)
    url = reverse("admin:organizations_numbersequence_change", args=[sequence.pk])

    listed = page("organizations_numbersequence_changelist").content.decode()
    answer = page.client.post(url, {"current_value": 1})

    assert words in listed
    assert answer.status_code == 403
    assert NumberSequence.objects.get().current_value == value


def test_number_sequences_are_filtered_by_their_year(page):
    NumberSequenceFactory(year=2025, current_value=90_000)
    NumberSequenceFactory(year=2026, current_value=95_000)

    answer = page.client.get(reverse("admin:organizations_numbersequence_changelist"), {"year": "2026"})

    assert answer.status_code == 200
    assert [row.year for row in answer.context["cl"].result_list] == [2026]
    assert [(chip.title, chip.value) for chip in answer.context["cl"].chips] == [("Year", "2026")]


def test_the_home_page_counts_series_that_are_nearly_full():
    entity = NumberSequenceFactory(current_value=89_999).business_entity
    viewer = Viewer(user=UserFactory(superuser=True))

    assert nearly_full_tiles(viewer) == []

    NumberSequenceFactory(document_type="quote", current_value=90_000)
    assert [(tile.value, tile.tone) for tile in nearly_full_tiles(viewer)] == [(1, "warning")]

    NumberSequenceFactory(document_type="invoice", current_value=95_000)
    assert [(tile.value, tile.tone) for tile in nearly_full_tiles(viewer)] == [(2, "danger")]
    assert nearly_full_tiles(Viewer(user=viewer.user, business_entity=entity.pk)) == nearly_full_tiles(viewer)
    assert nearly_full_tiles(Viewer(user=UserFactory(staff=True))) == []


def test_an_address_that_needs_a_look_says_why(page):
    AddressFactory(house_number=None, house_number_addition="n.v.t.", flag="house_number_unreadable")

    assert "the house number cannot be read" in page("organizations_address_changelist").content.decode()


def test_a_membership_is_taken_back(page):
    membership = MembershipFactory()

    page.client.post(reverse("admin:organizations_membership_delete", args=[membership.pk]), {"post": "yes"})

    assert not Membership.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_a_list_costs_the_same_however_many_rows(page, rows, django_assert_max_num_queries):
    entities = ["chargecars", "laderthuis", "ratioshop"]
    for code in entities[:rows]:
        ContactFactory(organization__business_entity=BusinessEntityFactory(entity_code=code))

    for name in ("organization", "contact", "businessentity"):
        with django_assert_max_num_queries(12):
            assert page(f"organizations_{name}_changelist").status_code == 200
    assert Organization.objects.count() == rows
