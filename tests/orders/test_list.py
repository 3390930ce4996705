"""The list of orders: looks, filters and their chips, words to search for, and how it goes on."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from apps.core import clock
from apps.core.admin.lists import CountedSoFar
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order
from apps.workflow.models import EntityCurrentStatus
from apps.workflow.services import record_creation
from tests.factories.accounts import UserFactory
from tests.factories.orders import OrderFactory, order_in
from tests.factories.organizations import BusinessEntityFactory, OrganizationFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

CHANGELIST = reverse("admin:orders_order_changelist")


@pytest.fixture
def person():
    return user_with("sales.orders", models=("view_order", "change_order"))


@pytest.fixture
def staff(client, person):
    client.force_login(person)
    return client


def listed(client, query=None):
    answer = client.get(CHANGELIST, query or {})
    assert answer.status_code == 200
    return answer.context["cl"]


def shown(client, query=None):
    return {order.pk for order in listed(client, query).result_list}


def test_each_look_shows_what_it_says(staff, person):
    mine = OrderFactory(order_owner=person)
    urgent = OrderFactory(order_owner=UserFactory(), priority_level="urgent")
    monday = clock.today() - timedelta(days=clock.today().weekday())
    planned = OrderFactory(order_owner=UserFactory(), planned_start_date=monday + timedelta(days=6))
    OrderFactory(order_owner=UserFactory(), planned_start_date=monday + timedelta(days=7))
    nobodys = OrderFactory()
    late = OrderFactory(order_owner=UserFactory())
    record_creation(late, by=None)
    EntityCurrentStatus.objects.update(sla_deadline=clock.now() - timedelta(hours=1))
    done = order_in(S.COMPLETED, order_owner=person, priority_level="urgent")

    everything, *looks = [shown(staff, QueryDict(tab.url[1:])) for tab in listed(staff).tabs]

    assert everything >= {mine.pk, done.pk}
    assert looks == [{mine.pk}, {urgent.pk}, {planned.pk}, {nobodys.pk}, {late.pk}]


def test_the_look_that_is_on_is_marked(staff):
    assert [tab.is_on for tab in listed(staff).tabs] == [True, False, False, False, False, False]
    assert [tab.is_on for tab in listed(staff, {"whose": "mine", "p": "1", "o": "1"}).tabs][:3] == [False, True, False]


def test_several_values_of_one_filter_widen_and_filters_narrow(staff):
    one, two = user_with(), user_with()
    wanted = [
        OrderFactory(order_owner=one, total_excl_vat=Decimal(100), total_incl_vat=Decimal(100)),
        order_in(S.PLANNING, order_owner=two, total_excl_vat=Decimal("200.50"), total_incl_vat=Decimal("200.50")),
    ]
    OrderFactory(order_owner=one, total_excl_vat=Decimal(300), total_incl_vat=Decimal(300))
    OrderFactory(total_excl_vat=Decimal(150), total_incl_vat=Decimal(150))
    query = {
        "order_owner__id__exact": [str(one.pk), str(two.pk)],
        "status__exact": ["new_lead", "planning"],
        "total_excl_vat_from": "100",
        "total_excl_vat_to": "200,50",
    }

    assert shown(staff, query) == {order.pk for order in wanted}


@pytest.mark.parametrize("amount", ["1e9999", "NaN", "-", "1.234", "٣"])
def test_an_amount_that_is_none_is_refused(staff, amount):
    assert staff.get(CHANGELIST, {"total_excl_vat_from": amount}).url == f"{CHANGELIST}?e=1"


def test_every_value_that_is_on_has_a_chip_that_takes_it_away(staff):
    query = {"status__exact": ["planning", "scheduled"], "created_at_from": "2026-01-02", "q": "Korst", "o": "1", "p": "1"}

    changelist = listed(staff, query)

    told = [(chip.title.lower(), str(chip.value)) for chip in changelist.chips]
    assert told == [
        (gettext("status"), str(S.PLANNING.label)),
        (gettext("status"), str(S.SCHEDULED.label)),
        (gettext("created at"), gettext("from %(value)s") % {"value": "02-01-2026"}),
        (gettext("search"), "“Korst”"),
    ]
    without_planning = QueryDict(changelist.chips[0].url[1:])
    assert without_planning.getlist("status__exact") == ["scheduled"]
    assert (without_planning["q"], without_planning["o"], "p" in without_planning) == ("Korst", "1", False)
    assert changelist.without_filters_url == "?o=1"
    assert listed(staff, {"o": "1"}).chips == []


def test_a_condition_of_no_filter_has_its_chip_too(staff):
    (chip,) = listed(staff, {"source__exact": "api"}).chips

    assert (chip.title.lower(), chip.value, chip.url) == (gettext("came in by"), "api", "?view=all")


@pytest.fixture
def korst():
    return OrderFactory(
        order_number="CC-2026-04711",
        partner_reference="GD/9931",
        notes="Hond los op het ERF",
        customer_organization__name="Bakkerij Korst",
        primary_contact__email="sanne@korst.example",
        primary_contact__last_name="Deegroller",
        partner_organization=OrganizationFactory(partner=True, name="Groendus"),
        installation_address__postal_code="3861AB",
        installation_address__city="Nijkerk",
    )


@pytest.mark.parametrize(
    "text",
    [
        "CC-2026-04711",
        "cc-2026-04711",
        "04711",
        "gd/9931",
        "bakkerij",
        "KORST",
        "sanne@korst",
        "deegroller",
        "3861ab",
        "3861 AB",
        "3861",
        "nijk",
        "erf",
        "korst hond",
        "ba",  # short: at the beginning
    ],
)
def test_words_are_found_wherever_they_stand(staff, korst, text):
    OrderFactory(installation_address__city="Ede", installation_address__postal_code="6711AA", customer_organization__name="X")

    assert shown(staff, {"q": text}) == {korst.pk}
    assert list(Order.objects.having(text)) == [korst]


@pytest.mark.parametrize("text", ["CC-2026-0471", "korst kat", "rs", "%", "_", "CC-2026-99999", "' OR 1=1"])
def test_what_stands_nowhere_is_not_found(staff, korst, text):
    assert shown(staff, {"q": text}) == set() or text == "CC-2026-0471"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda order: rename(order.customer_organization, name="Slagerij Kruim"), {"kruim": True, "bakkerij": False}),
        (lambda order: rename(order.primary_contact, email="a@kruim.example"), {"a@kruim": True, "sanne@": False}),
        (lambda order: rename(order.installation_address, city="Ede"), {"nijk": False, "ede": True}),
        (lambda order: rename(order, notes="Kat"), {"hond": False, "kat": True}),
        (lambda order: rename(order.partner_organization, name="Zonnekracht"), {"groendus": False, "zonnekracht": True}),
        (lambda order: rename(order, partner_organization=None), {"groendus": False, "korst": True}),
    ],
)
def test_an_order_is_found_by_what_stands_there_now(korst, change, found):
    change(korst)

    assert {text: Order.objects.having(text).exists() for text in found} == found


def rename(record, **values):
    """As some would do it past every service."""
    assert type(record)._base_manager.filter(pk=record.pk).update(**values) == 1


def test_a_partners_own_number_like_ours_is_found(staff):
    theirs = OrderFactory(partner_reference="gd-2026-00001")

    assert shown(staff, {"q": "GD-2026-00001"}) == {theirs.pk}


@pytest.mark.parametrize("text", ["CC-2026-04711", " cc-2026-04711 ", "Sanne@Korst.Example"])
def test_a_whole_number_or_address_is_what_has_just_that(staff, korst, text):
    OrderFactory(notes=f"Zelfde klant als {text.strip()}")

    assert shown(staff, {"q": text}) == {korst.pk}


@pytest.mark.parametrize("text", ["CC-2026-99998", "niemand@korst.example"])
def test_a_whole_number_or_address_that_no_order_has_is_looked_for_as_a_word(staff, text):
    mentioned = OrderFactory(notes=f"Zie {text}", partner_reference=text)

    assert shown(staff, {"q": text}) == {mentioned.pk}


def test_a_search_sees_no_order_of_another_company(staff):
    OrderFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"), notes="hond")

    assert shown(staff, {"q": "hond"}) == set()


def test_a_list_longer_than_its_pages_says_so_and_goes_on(staff, monkeypatch):
    monkeypatch.setattr(CountedSoFar, "most", 4)
    monkeypatch.setattr("apps.orders.admin.orders.OrderAdmin.list_per_page", 2)
    at_once = clock.now()
    orders = [OrderFactory(created_at=at_once - timedelta(hours=age // 2)) for age in range(7)]
    newest_first = [order.pk for order in sorted(orders, key=lambda order: (order.created_at, order.pk), reverse=True)]

    first = listed(staff)
    last_counted = listed(staff, {"p": "2"})
    rest = listed(staff, QueryDict(last_counted.older_url[1:]))

    assert (first.paginator.is_more, first.result_count, first.older_url) == (True, 4, "")
    seen = [order.pk for part in (first, last_counted, rest) for order in part.result_list]
    assert seen == newest_first[:6]
    assert (rest.result_count, rest.newest_url, rest.chips) == (3, "?view=all", [])
    assert staff.get(CHANGELIST, {"p": "3"}).url.endswith("?e=1")


@pytest.mark.parametrize("after", ["x", "00000000-0000-4000-8000-000000000000", ""])
def test_a_list_cannot_go_on_behind_nothing(staff, after):
    assert staff.get(CHANGELIST, {"after": after}).url.endswith("?e=1")


def test_the_list_counts_no_further_than_its_pages(staff, django_assert_num_queries):
    OrderFactory()

    answer = staff.get(CHANGELIST)

    with django_assert_num_queries(1) as asked:
        assert CountedSoFar(answer.context["cl"].queryset, 50).count == 1
    assert "LIMIT 10001" in asked[0]["sql"]


@pytest.mark.parametrize(("narrowed", "said"), [({}, "Nothing here yet"), ({"source__exact": "api"}, "Nothing matches")])
def test_an_empty_list_says_whether_a_filter_emptied_it(staff, narrowed, said):
    assert gettext(said) in staff.get(CHANGELIST, narrowed).content.decode()
