"""Who sees what: staff by company, partners by their tree, nobody else anything."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission
from django.db import IntegrityError, transaction

from apps.accounts.choices import Scope
from apps.catalog.models import Article
from apps.organizations.models import Address, BusinessEntity, Contact, Membership, Organization
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import (
    AddressFactory,
    BusinessEntityFactory,
    ContactFactory,
    MembershipFactory,
    OrganizationFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def chargecars():
    return BusinessEntityFactory()


@pytest.fixture
def laderthuis():
    return BusinessEntityFactory(entity_code="laderthuis")


@pytest.fixture
def customers(chargecars, laderthuis):
    """One customer of each company and a partner of the whole group."""
    return [
        OrganizationFactory(business_entity=chargecars, name="A"),
        OrganizationFactory(business_entity=laderthuis, name="B"),
        OrganizationFactory(partner=True, name="C"),
    ]


def names(user):
    return "".join(Organization.objects.visible_to(user).values_list("name", flat=True))


def test_staff_see_the_customers_of_their_company_and_the_partners_of_the_group(chargecars, customers):
    planner = MembershipFactory(business_entity=chargecars).user

    assert names(planner) == "AC"


def test_staff_of_two_companies_see_both(chargecars, laderthuis, customers):
    planner = MembershipFactory(business_entity=chargecars).user
    MembershipFactory(user=planner, business_entity=laderthuis)

    assert names(planner) == "ABC"


def test_who_may_switch_companies_sees_all(customers):
    manager = UserFactory()
    manager.user_permissions.add(Permission.objects.get(codename=Scope.MULTI_ENTITY.codename))

    assert names(manager) == "ABC"


def test_a_superuser_sees_all(customers):
    assert names(UserFactory(superuser=True)) == "ABC"


def test_nobody_else_sees_anything(chargecars, customers):
    left = MembershipFactory(business_entity=chargecars).user
    left.is_active = False
    left.save()

    assert [names(user) for user in (None, AnonymousUser(), UserFactory(), left)] == ["", "", "", ""]


def test_a_partner_sees_its_tree_five_levels_deep():
    importer = OrganizationFactory(partner=True, name="1")
    above = importer
    for level in "23456":
        above = OrganizationFactory(partner=True, name=level, parent_organization=above)
    OrganizationFactory(partner=True, name="x")
    agent = MembershipFactory(business_entity=None, organization=importer).user
    dealer = MembershipFactory(business_entity=None, organization=Organization.objects.get(name="4")).user

    assert (names(agent), names(dealer)) == ("12345", "456")


def test_a_circular_tree_ends():
    top = OrganizationFactory(partner=True, name="1")
    below = OrganizationFactory(partner=True, name="2", parent_organization=top)
    Organization.objects.filter(pk=top.pk).update(parent_organization=below)
    agent = MembershipFactory(business_entity=None, organization=top).user

    assert names(agent) == "12"


def test_a_partner_sees_its_contacts_and_no_articles_addresses_or_companies(chargecars):
    partner = OrganizationFactory(partner=True)
    own = ContactFactory(organization=partner)
    ContactFactory()
    ArticleFactory()
    AddressFactory()
    agent = MembershipFactory(business_entity=None, organization=partner).user

    assert list(Contact.objects.visible_to(agent)) == [own]
    assert not Article.objects.visible_to(agent).exists()
    assert not Address.objects.visible_to(agent).exists()
    assert not BusinessEntity.objects.visible_to(agent).exists()


def test_staff_see_their_company_its_addresses_and_every_article(chargecars, laderthuis):
    own, foreign = AddressFactory(business_entity=chargecars), AddressFactory(business_entity=laderthuis)
    article = ArticleFactory()
    planner = MembershipFactory(business_entity=chargecars).user

    assert list(BusinessEntity.objects.visible_to(planner)) == [chargecars]
    assert own in Address.objects.visible_to(planner)
    assert foreign not in Address.objects.visible_to(planner)
    assert list(Article.objects.visible_to(planner)) == [article]


def test_a_partner_sees_itself_and_only_staff_work_on_it(chargecars):
    partner = OrganizationFactory(partner=True, name="P")
    agent = MembershipFactory(business_entity=None, organization=partner).user
    planner = MembershipFactory(business_entity=chargecars).user

    in_hand = [list(Organization.objects.handled_by(user)) for user in (agent, planner, UserFactory(superuser=True), None)]

    assert (names(agent), in_hand) == ("P", [[], [partner], [partner], []])


def test_staff_see_who_works_for_their_company_and_for_partners(chargecars, laderthuis):
    own = MembershipFactory(business_entity=chargecars)
    MembershipFactory(business_entity=laderthuis)
    agent = MembershipFactory(business_entity=None, organization=OrganizationFactory(partner=True))

    assert set(Membership.objects.visible_to(own.user)) == {own, agent}
    assert not Membership.objects.visible_to(agent.user).exists()


def test_scope_costs_one_query(chargecars, customers, django_assert_num_queries):
    planner = MembershipFactory(business_entity=chargecars).user
    planner.has_scope(Scope.MULTI_ENTITY)  # its rights are read once a request

    with django_assert_num_queries(1):
        list(Organization.objects.visible_to(planner))


@pytest.mark.parametrize("both", [True, False])
def test_a_membership_is_of_a_company_or_an_organization(both, chargecars):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(
            user=UserFactory(),
            business_entity=chargecars if both else None,
            organization=OrganizationFactory() if both else None,
        )


def test_a_membership_is_given_once(chargecars):
    membership = MembershipFactory(business_entity=chargecars)

    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(user=membership.user, business_entity=chargecars)
