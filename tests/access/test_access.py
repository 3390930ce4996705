"""Nobody is told of another's rows: not by a list, a search, a filter, a choice, a page, a history, a file or an answer.

The routes and the pages are read from the system, the records are made of every model, and each text says whose it is: a new
page, route or model is part of these tests without a line being added. Where an address has a place that nobody has named
yet, `FILLED` in `crawl.py` asks for it.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.accounts.services import create_api_key
from apps.core.scope import is_scoped
from apps.files.models import Attachment
from apps.orders.models import Order
from apps.organizations.models import Organization
from tests.access import crawl, world
from tests.access.crawl import BEGINNING, DOORS, PAGES, UNSAFE, Caller
from tests.access.world import SHARED, Neighbour
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory

PARTNER_SCOPES = [Scope.API_ACCESS, Scope.PARTNER_PORTAL, Scope.SALES_ORDERS, Scope.SUPPORT_TICKETS]
RATES = dict.fromkeys(["user", "public", "sign_in", "stranger"], 1_000_000)


@pytest.fixture(scope="module")
def neighbours(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[tuple[Neighbour, ...]]:
    """Ours, the other company's, and the other partner of our company: made once, for every test here."""
    folder = tmp_path_factory.mktemp("access")
    places = {"DATA_DIR": folder, "MEDIA_ROOT": folder / "media", "MAILBOX_DIR": folder / "mail"}
    with django_db_blocker.unblock(), override_settings(RATE_LIMITS=RATES, **places), transaction.atomic():
        yield world.build()
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def ours(neighbours: tuple[Neighbour, ...]) -> Neighbour:
    return neighbours[0]


@pytest.fixture(scope="module")
def theirs(neighbours: tuple[Neighbour, ...]) -> Neighbour:
    return neighbours[1]


def with_all_rights(user: User) -> User:
    """Every right that there is but the one to see all companies: what keeps rows apart is then their scope alone."""
    user.user_permissions.set(Permission.objects.exclude(codename=Scope.MULTI_ENTITY.codename))
    return user


def with_scopes(user: User, scopes: list[Scope]) -> User:
    user.user_permissions.set(Permission.objects.filter(codename__in=[scope.codename for scope in scopes]))
    return user


def logged_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def clerk(ours: Neighbour) -> Client:
    user = with_all_rights(UserFactory(staff=True))
    MembershipFactory(user=user, business_entity=ours.entity)
    return logged_in(user)


def unplaced(ours: Neighbour) -> Client:
    return logged_in(with_all_rights(UserFactory(staff=True)))


def nobody(ours: Neighbour) -> Client:
    return logged_in(UserFactory())


def stranger(ours: Neighbour) -> Client:
    return Client(raise_request_exception=False)


def of_partner(ours: Neighbour) -> Client:
    user = with_scopes(UserFactory(), PARTNER_SCOPES)
    MembershipFactory(user=user, organization=ours.partner)
    return logged_in(user)


def of_partner_inside(ours: Neighbour) -> Client:
    """A partner's person who was let into the back office, with rights that no role of theirs has."""
    user = with_all_rights(UserFactory(staff=True))
    MembershipFactory(user=user, organization=ours.partner)
    return logged_in(user)


def customer(ours: Neighbour) -> Client:
    user = with_scopes(UserFactory(), [Scope.SUPPORT_TICKETS])
    MembershipFactory(user=user, organization=ours.one(Organization))
    return logged_in(user)


def api_key(ours: Neighbour) -> Client:
    user = UserFactory(service=True)
    MembershipFactory(user=user, organization=ours.partner)
    _key, text = create_api_key(user=user, name="key", live=True, scopes=list(Scope.values), expires_at=None, by=None)
    return Client(raise_request_exception=False, headers={"authorization": f"Bearer {text}"})


CALLERS = [stranger, nobody, unplaced, clerk, of_partner, of_partner_inside, customer, api_key]
INSIDE = [unplaced, clerk, of_partner_inside]  # those whom the back office lets in


def forbidden_to(kind: Any, neighbours: tuple[Neighbour, ...]) -> set[str]:
    """The marks that may stand in no answer. Staff know the partners of the whole group, and all of their own company's."""
    ours, theirs, beside = neighbours
    if kind is clerk:
        return {theirs.mark}
    if kind in (of_partner, of_partner_inside, customer, api_key):
        return theirs.marks | beside.marks
    return ours.marks | theirs.marks | beside.marks


@pytest.fixture(scope="module")
def known(neighbours: tuple[Neighbour, ...]) -> dict[Any, Caller]:
    return {kind: Caller(kind.__name__, kind(neighbours[0]), forbidden_to(kind, neighbours)) for kind in CALLERS}


@pytest.fixture
def caller(request: pytest.FixtureRequest, known: dict[Any, Caller]) -> Iterator[Caller]:
    found = known[request.param]
    found.wrong.clear()
    yield found
    assert found.wrong == []


def at_each(kinds: list[Any]) -> Any:
    return pytest.mark.parametrize("caller", kinds, indirect=True, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def slugs(neighbours: tuple[Neighbour, ...], rf_of_boss: Any) -> Any:
    """Of a page and a neighbour's record the words in the addresses of its buttons."""
    return partial(crawl.slugs_of, request=rf_of_boss)


@pytest.fixture(scope="module")
def boss(neighbours: tuple[Neighbour, ...]) -> Caller:
    return Caller("boss", logged_in(UserFactory(superuser=True)), set())


@pytest.fixture(scope="module")
def rf_of_boss(boss: Caller) -> Any:
    return boss.client.get(reverse("admin:index")).wsgi_request


# The back office


@at_each(INSIDE)
def test_lists_searches_filters_and_forms_tell_nothing_of_others(caller: Caller, theirs: Neighbour) -> None:
    for model, page in PAGES:
        for door in crawl.page_doors(page, of_a_record=False):
            address = f"/{door.route}"
            answer = caller.ask("get", address)
            caller.look_at_choices(answer, theirs)
            # What a filter offers stands in the list itself; whoever has rows in every list also searches and chooses.
            if caller.name == "clerk" and address == crawl.list_of(model):
                for query in (f"?q={BEGINNING}", *crawl.filters_of(answer, theirs)):
                    caller.ask("get", address + query)


@at_each(INSIDE)
def test_look_ups_and_the_search_tell_nothing_of_others(caller: Caller) -> None:
    for address in crawl.autocompletes():
        caller.ask("get", address)
    for query in (f"?s={BEGINNING}&extended=1", f"?s={BEGINNING}"):
        caller.ask("get", reverse("admin:search") + query)


@at_each([clerk, of_partner_inside])
def test_pages_of_ones_own_records_tell_nothing_of_others(caller: Caller, ours: Neighbour, theirs: Neighbour, slugs: Any) -> None:
    for model, page in PAGES:
        words = slugs(page, ours.one(model)) if ours.keys(model) else []
        for door in crawl.page_doors(page, of_a_record=True):
            for address in crawl.of_records(door, page, ours, words):
                caller.look_at_choices(caller.ask("get", address), theirs)


@at_each(CALLERS)
def test_records_of_others_are_not_there(caller: Caller, theirs: Neighbour, slugs: Any) -> None:
    """Neither to see nor to act upon."""
    for model, page in PAGES:
        if model._meta.label in SHARED or not theirs.keys(model):
            continue
        words = slugs(page, theirs.one(model))
        for door in crawl.page_doors(page, of_a_record=True):
            for address in crawl.of_records(door, page, theirs, words):
                caller.ask("get", address, may_write=False)
                caller.ask("post", address, {"post": "yes"}, may_write=False)


@at_each(INSIDE)
def test_an_act_on_many_reaches_none_of_others(caller: Caller, theirs: Neighbour) -> None:
    for model, page in PAGES:
        keys = [str(record.pk) for record in theirs.records.get(model, ())[:1]]
        for act in page.actions or () if keys and model._meta.label not in SHARED else ():
            name = act if isinstance(act, str) else act.__name__
            caller.ask("post", crawl.list_of(model), {"action": name, "_selected_action": keys}, may_write=False)


# Everything else that has an address


@at_each(CALLERS)
@pytest.mark.parametrize("whose", [0, 1, 2], ids=["ours", "theirs", "beside"])
def test_other_addresses_tell_nothing_of_others(caller: Caller, neighbours: tuple[Neighbour, ...], whose: int) -> None:
    for door in DOORS:
        if door.api_view is None and not isinstance(door.admin, ModelAdmin):
            for address in crawl.of_neighbour(door, neighbours[whose]):
                caller.ask("get", address)


@at_each(CALLERS)
@pytest.mark.parametrize("whose", [0, 1, 2], ids=["ours", "theirs", "beside"])
def test_the_api_tells_and_does_nothing_of_others(caller: Caller, neighbours: tuple[Neighbour, ...], whose: int) -> None:
    """Unless its body names ours, nothing that is written there can be right."""
    named = crawl.bodies(neighbours[1])
    for door in DOORS:
        for method in crawl.methods_of(door) if door.api_view else ():
            given = [{}, *named.get(door.route.removeprefix("api/v1/"), ())] if method in UNSAFE else [None]
            for address in crawl.of_neighbour(door, neighbours[whose]):
                for body in given:
                    caller.ask(method, address, body, is_api=True, may_write=False)


# The other side: what is one's own is there, and the net does catch


def test_staff_do_see_their_own(known: dict[Any, Caller], ours: Neighbour) -> None:
    """Each list of a model with a scope, each page of a record, the API and the file."""
    caller = known[clerk]
    missing = []
    for model, _page in PAGES:
        if is_scoped(model) and model._meta.label not in SHARED:
            shown = caller.ask("get", crawl.list_of(model)).text_told
            page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[ours.one(model).pk])
            opened = caller.ask("get", page).status_code
            missing += [model._meta.label] if opened != 200 or ours.mark not in shown else []

    order, file = ours.one(Order), ours.one(Attachment)
    assert missing == []
    assert ours.mark in caller.ask("get", "/api/v1/orders").text_told
    assert caller.ask("get", f"/api/v1/orders/{order.pk}/timeline").status_code == 200
    assert caller.ask("get", reverse("attachment_download", args=[file.pk])).text_told.endswith(ours.mark)
    assert ours.mark in caller.ask("get", f"{reverse('admin:search')}?s={BEGINNING}&extended=1").text_told


@pytest.mark.parametrize("kind", [of_partner, customer], ids=lambda kind: kind.__name__)
def test_people_outside_do_see_their_own(known: dict[Any, Caller], ours: Neighbour, kind: Any) -> None:
    caller = known[kind]
    told = caller.ask("get", "/api/v1/orders").json()["results"]

    assert [order["order_number"] for order in told] == [ours.one(Order).order_number]
    assert caller.ask("get", f"/api/v1/orders/{ours.one(Order).pk}").status_code == 200


def test_whoever_sees_the_whole_group_is_told_of_the_others(boss: Caller, theirs: Neighbour) -> None:
    """The net itself: each list does show the mark that the tests above look for."""
    silent = [
        model._meta.label
        for model, _page in PAGES
        if theirs.keys(model) and theirs.mark not in boss.ask("get", crawl.list_of(model)).text_told
    ]

    assert set(silent) - SHARED - {"audit.AuditLog"} == set()
