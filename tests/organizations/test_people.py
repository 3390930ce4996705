"""Who sees which people, and who may give others sight of more."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.accounts.models import ApiKey, User
from apps.core.scope import visible
from apps.organizations.models import Membership
from apps.organizations.queries import colleagues_of
from tests.factories.accounts import ApiKeyFactory, UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


def person(name, **fields):
    return UserFactory(email=f"{name}@example.nl", **fields)


@pytest.fixture
def laderthuis():
    return BusinessEntityFactory(entity_code="laderthuis")


@pytest.fixture
def partner():
    return OrganizationFactory(partner=True)


@pytest.fixture
def people(laderthuis, partner):
    """A clerk of ChargeCars, a colleague, one elsewhere, one of a partner, one of a customer elsewhere, one of nobody, the boss."""
    MembershipFactory(user=person("clerk", staff=True))
    MembershipFactory(user=person("colleague", staff=True))
    MembershipFactory(user=person("elsewhere", staff=True), business_entity=laderthuis)
    MembershipFactory(user=person("partner"), organization=partner)
    MembershipFactory(user=person("their-customer"), organization=OrganizationFactory(business_entity=laderthuis))
    person("nobody")
    person("boss", superuser=True)
    return {user.email.partition("@")[0]: user for user in User.objects.all()}


def names(rows):
    return {user.email.partition("@")[0] for user in rows}


@pytest.fixture
def manager(client, people):
    """The clerk with every right but the one to see all companies."""
    people["clerk"].user_permissions.set(Permission.objects.exclude(codename="scope_multi_entity"))
    client.force_login(people["clerk"])
    return client


def test_people_are_seen_by_those_who_work_with_them(people):
    seen = {name: names(visible(User.objects.all(), user)) for name, user in people.items()}

    assert seen["clerk"] == {"clerk", "colleague", "partner", "boss"}
    assert seen["elsewhere"] == {"elsewhere", "partner", "their-customer", "boss"}
    assert (seen["partner"], seen["nobody"]) == ({"partner"}, {"nobody"})
    assert seen["boss"] == set(people)
    assert names(colleagues_of(people["clerk"])) == {"clerk", "colleague", "boss"}


def test_whoever_sees_all_companies_is_everybodys_colleague(people):
    people["elsewhere"].user_permissions.add(Permission.objects.get(codename="scope_multi_entity"))

    assert names(colleagues_of(people["clerk"])) == {"clerk", "colleague", "elsewhere", "boss"}


def test_a_membership_is_seen_with_what_it_is_for(people):
    seen = Membership.objects.visible_to(people["clerk"])

    assert names(User.objects.filter(memberships__in=seen)) == {"clerk", "colleague", "partner"}
    assert not Membership.objects.visible_to(people["partner"]).exists()


def test_who_sees_one_company_changes_nobodys_rights(manager, people):
    page = reverse("admin:accounts_user_change", args=[people["colleague"].pk])
    password = reverse("admin:auth_user_password_change", args=[people["colleague"].pk])

    assert manager.get(page).status_code == 200
    assert manager.post(page, {"email": "other@example.nl"}).status_code == 403
    assert manager.post(password, {"password1": "x", "password2": "x"}).status_code == 403
    assert manager.get(reverse("admin:accounts_user_add")).status_code == 403
    assert manager.get(reverse("admin:auth_group_changelist")).status_code == 403
    assert names(User.objects.all()) == set(people)


def test_who_sees_one_company_makes_no_keys(manager, people):
    key = ApiKeyFactory()

    assert manager.get(reverse("admin:accounts_apikey_changelist")).status_code == 403
    assert manager.post(reverse("admin:accounts_apikey_add"), {"user": key.user.pk, "name": "x"}).status_code == 403
    assert list(ApiKey.objects.all()) == [key]


def test_who_sees_one_company_makes_nobody_a_partners_person(manager, people, partner):
    add = reverse("admin:organizations_membership_add")
    theirs = Membership.objects.get(user=people["partner"])

    refused = manager.post(add, {"user": people["clerk"].pk, "organization": partner.pk})
    changed = manager.post(
        reverse("admin:organizations_membership_change", args=[theirs.pk]),
        {"user": people["clerk"].pk, "organization": partner.pk},
    )

    assert (refused.status_code, changed.status_code) == (200, 403)
    assert "organization" in refused.context["adminform"].form.errors
    assert list(Membership.objects.filter(organization=partner)) == [theirs]
    assert theirs.user == people["partner"]


def test_who_sees_one_company_does_give_a_place_in_it(manager, people):
    answer = manager.post(
        reverse("admin:organizations_membership_add"),
        {"user": people["partner"].pk, "business_entity": BusinessEntityFactory().pk},
    )

    assert answer.status_code == 302
    assert people["partner"].memberships.filter(business_entity=BusinessEntityFactory()).exists()


def test_who_stands_above_whom_is_for_those_who_see_all(manager, people, partner):
    above = OrganizationFactory(partner=True)
    page = reverse("admin:organizations_organization_change", args=[partner.pk])

    manager.post(page, {"name": partner.name, "parent_organization": above.pk})

    partner.refresh_from_db()
    assert partner.parent_organization is None
    assert "parent_organization" not in manager.get(page).context["adminform"].form.fields
