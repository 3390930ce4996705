"""Filters of a list that people keep: under a name, for themselves or for colleagues, as the way the list opens."""

import pytest
from django.urls import reverse

from apps.accounts.models import SavedFilter
from apps.accounts.services import saved_filters
from tests.factories.accounts import SavedFilterFactory, UserFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db

CHANGELIST = reverse("admin:orders_order_changelist")
FILTERS = reverse("admin:orders_order_filters")
RIGHTS = ("view_order", "change_order")


@pytest.fixture
def person():
    return user_with("sales.orders", models=RIGHTS)


@pytest.fixture
def colleague():
    return user_with("sales.orders", models=RIGHTS)


@pytest.fixture
def stranger():
    return user_with("sales.orders", models=RIGHTS, entity=BusinessEntityFactory(entity_code="laderthuis"))


@pytest.fixture
def staff(client, person):
    client.force_login(person)
    return client


def kept():
    return list(SavedFilter.objects.values_list("name", "query", "is_shared", "is_default"))


def tabs(client):
    return [tab.label for tab in client.get(CHANGELIST, {"view": "all"}).context["saved_tabs"]]


def said(answer):
    return [str(message) for message in answer.wsgi_request._messages]


def test_the_present_filter_is_saved_and_opened_again(staff):
    answer = staff.post(f"{FILTERS}?whose=mine&p=3&status__exact=planning", {"act": "save", "name": "Mijn planning"})

    assert answer.url == f"{CHANGELIST}?whose=mine&status__exact=planning"
    assert kept() == [("Mijn planning", "whose=mine&status__exact=planning", False, False)]
    context = staff.get(answer.url).context
    assert [(tab.label, tab.is_on) for tab in context["saved_tabs"]] == [("Mijn planning", True)]
    assert context["has_new_filter"] is False
    assert staff.get(CHANGELIST, {"whose": "open"}).context["has_new_filter"] is True


@pytest.mark.parametrize("query", ["no_such_field=1", "created_at__year=99999", "total_excl_vat_from=x"])
def test_what_the_list_does_not_take_is_not_saved(staff, query):
    assert staff.post(f"{FILTERS}?{query}", {"act": "save", "name": "x"}).status_code in (302, 400)
    assert kept() == []


@pytest.mark.parametrize(("query", "name"), [("whose=mine", ""), ("whose=mine", "x" * 61), ("", "Alles")])
def test_a_filter_needs_a_name_and_something_to_keep(staff, query, name):
    assert staff.post(f"{FILTERS}?{query}", {"act": "save", "name": name}).status_code == 200
    assert kept() == []


def test_one_name_is_used_once_by_one_person_for_one_list(staff, person):
    SavedFilterFactory(name="Planning")
    SavedFilterFactory(user=person, name="Planning", page="organizations.organization")
    SavedFilterFactory(user=person, name="planning")

    answer = staff.post(f"{FILTERS}?whose=open", {"act": "save", "name": "PLANNING"})

    assert len(said(answer)) == 1
    assert not SavedFilter.objects.filter(query="whose=open").exists()


def test_nobody_keeps_more_than_can_be_shown(staff, person, monkeypatch):
    monkeypatch.setattr(saved_filters, "MOST_PER_LIST", 1)
    SavedFilterFactory(user=person)

    assert len(said(staff.post(f"{FILTERS}?whose=open", {"act": "save", "name": "Nog een"}))) == 1
    assert SavedFilter.objects.count() == 1


def test_what_is_shared_is_offered_to_colleagues_and_to_no_other_company(client, person, colleague, stranger):
    SavedFilterFactory(user=person, name="Gedeeld", is_shared=True)
    SavedFilterFactory(user=person, name="Eigen")
    seen = {}
    for who in (person, colleague, stranger):
        client.force_login(who)
        seen[who] = tabs(client)

    assert seen == {person: ["Eigen", "Gedeeld"], colleague: ["Gedeeld"], stranger: []}


def test_only_its_owner_and_an_administrator_change_what_is_shared(client, person, colleague):
    saved = SavedFilterFactory(user=person, name="Gedeeld", is_shared=True)
    client.force_login(colleague)

    for act in ("change", "replace", "remove"):
        client.post(f"{FILTERS}?whose=open", {"act": act, "key": saved.pk, "name": "Van mij"})
    assert kept() == [("Gedeeld", "whose=mine", True, False)]

    client.force_login(UserFactory(superuser=True))
    client.post(FILTERS, {"act": "change", "key": saved.pk, "name": "Hersteld"})
    assert kept() == [("Hersteld", "whose=mine", False, False)]


def test_it_is_renamed_replaced_and_removed(staff, person):
    saved = SavedFilterFactory(user=person, name="Oud")

    staff.post(FILTERS, {"act": "change", "key": saved.pk, "name": "Nieuw", "is_shared": "on"})
    staff.post(f"{FILTERS}?whose=open", {"act": "replace", "key": saved.pk})
    assert kept() == [("Nieuw", "whose=open", True, False)]

    staff.post(FILTERS, {"act": "remove", "key": saved.pk})
    assert kept() == []


def test_a_list_opens_as_its_reader_wants_and_the_whole_stays_in_reach(staff, person):
    first = SavedFilterFactory(user=person, is_default=True)
    second = SavedFilterFactory(user=person, query="whose=open")

    assert staff.get(CHANGELIST).url == f"{CHANGELIST}?whose=mine"
    staff.post(FILTERS, {"act": "change", "key": second.pk, "name": "Open", "is_default": "on"})

    first.refresh_from_db()
    assert first.is_default is False
    assert staff.get(CHANGELIST).url == f"{CHANGELIST}?whose=open"
    assert [staff.get(CHANGELIST, query).status_code for query in ({"view": "all"}, {"whose": "mine"})] == [200, 200]


def test_a_default_of_somebody_else_opens_nobodys_list(staff, colleague):
    SavedFilterFactory(user=colleague, is_shared=True, is_default=True)

    assert staff.get(CHANGELIST).status_code == 200


def test_what_is_not_there_cannot_be_changed(staff):
    for key in ("x", "00000000-0000-4000-8000-000000000000", ""):
        assert staff.post(FILTERS, {"act": "remove", "key": key}).status_code == 302


def test_who_may_not_see_the_list_keeps_nothing_of_it(client):
    client.force_login(user_with("sales.orders"))

    assert client.post(f"{FILTERS}?whose=mine", {"act": "save", "name": "x"}).status_code == 403
    assert kept() == []
