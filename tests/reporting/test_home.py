"""The home page: figures that open the rows they count, and a search over everything."""

import json
from datetime import date

import pytest
from django.urls import reverse

from apps.communication.choices import DeliveryStatus
from apps.core.contributions import Tile
from apps.reporting.figures import Period
from apps.reporting.figures.series import stretches
from apps.reporting.home import grouped
from tests.factories.communication import CommunicationMessageFactory, CommunicationThreadFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory

pytestmark = pytest.mark.django_db


def failed_message(entity_code: str = "chargecars"):
    entity = BusinessEntityFactory(entity_code=entity_code)
    return CommunicationMessageFactory(
        thread=CommunicationThreadFactory(business_entity=entity),
        delivery_status=DeliveryStatus.FAILED,
        next_attempt_at=None,
    )


def tiles_of(client, query: str = "") -> dict[str, Tile]:
    groups = client.get(reverse("admin:index") + query, headers={"accept-language": "en"}).context["groups"]
    return {str(tile.title): tile for _, tiles in groups for tile in tiles}


def test_groups_stand_where_their_first_tile_stands():
    tiles = [
        Tile(title="b", value=1, url="", group="late", order=20),
        Tile(title="a", value=1, url="", group="late", order=200),
        Tile(title="c", value=1, url="", group="early", order=10),
        Tile(title="d", value=1, url="", group="early", order=100),
    ]

    assert [(title, [str(tile.title) for tile in found]) for title, found in grouped(tiles)] == [
        ("early", ["c", "d"]),
        ("late", ["b", "a"]),
    ]


def test_a_figure_opens_exactly_the_rows_it_counts(admin_client):
    failed_message()
    failed_message("laderthuis")
    CommunicationMessageFactory()

    tile = tiles_of(admin_client)["Messages not delivered"]
    one = tiles_of(admin_client, "?entity=laderthuis")["Messages not delivered"]

    assert (tile.value, tile.tone, one.value) == (2, "danger", 1)
    assert admin_client.get(tile.url).context["cl"].result_count == 2
    assert admin_client.get(one.url).context["cl"].result_count == 1


def test_orders_per_status_and_what_is_late_are_figures_that_open_their_rows(admin_client):
    for _ in range(2):
        OrderFactory()
    OrderFactory(is_test=True, order_number="TEST-CC-2026-00001")
    OrderFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    tiles = tiles_of(admin_client)
    (tile,) = [tile for title, tile in tiles.items() if "status__exact=new_lead" in tile.url]

    assert tile.value == admin_client.get(tile.url).context["cl"].result_count == 3
    assert tiles["Over their deadline"].value == 0
    (one,) = [tile for tile in tiles_of(admin_client, "?entity=laderthuis").values() if "status__exact=new_lead" in tile.url]
    assert one.value == 1


@pytest.mark.parametrize(("period", "bars"), [("", 7), ("?period=30_days", 30), ("?period=nonsense", 7)])
def test_the_graphs_go_along_the_period_that_the_address_names(admin_client, period, bars):
    OrderFactory()

    page = admin_client.get(reverse("admin:index") + period, headers={"accept-language": "en"})
    first = page.context["graphs"][0]

    data = json.loads(first.data)
    assert [each["label"] for each in data["datasets"]] == ["New orders", "Completed orders"]
    assert len(data["labels"]) == bars
    assert data["datasets"][0]["data"] == [0] * (bars - 1) + [1]
    assert [(label, value) for label, value, _url in first.links] == [("New orders", "1"), ("Completed orders", "0")]
    assert all(admin_client.get(url).status_code == 200 for _label, _value, url in first.links)


def test_a_year_goes_by_months():
    assert [(part.first, part.last) for part in stretches(Period(date(2027, 11, 30), date(2028, 2, 3)))] == [
        (date(2027, 11, 30), date(2027, 11, 30)),
        (date(2027, 12, 1), date(2027, 12, 31)),
        (date(2028, 1, 1), date(2028, 1, 31)),
        (date(2028, 2, 1), date(2028, 2, 3)),
    ]


def test_every_tile_of_the_home_page_opens(admin_client):
    BusinessEntityFactory()

    for tile in tiles_of(admin_client).values():
        assert admin_client.get(tile.url).status_code == 200, tile.url


def test_figures_stand_there_for_those_who_may_open_their_rows(client, django_user_model):
    failed_message()
    person = django_user_model.objects.create_user("new@example.nl", is_staff=True)
    MembershipFactory(user=person)
    client.force_login(person)

    assert "Messages not delivered" not in tiles_of(client)


def test_the_search_finds_people_by_name(admin_client):
    contact = ContactFactory(first_name="Fenna", last_name="Zonderling")

    found = admin_client.get("/admin/search/?extended=1&s=zonderling").content.decode()

    assert reverse("admin:organizations_contact_change", args=[contact.pk]) in found


@pytest.mark.parametrize("term", ["x", "%00", "a " * 5000, "'\";--", "%", "_"])
def test_an_odd_search_finds_nothing_and_breaks_nothing(admin_client, term):
    assert admin_client.get("/admin/search/", {"extended": 1, "s": term}).status_code in (200, 400, 414)
