"""The demo world, made again and again."""

import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as project
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from apps.accounts.models import ApiKey, User
from apps.orders.models import Order
from apps.partners.clients.tokens import Tokens
from apps.partners.models import PartnerDelivery, PartnerIntegration, PartnerOrderReference
from apps.partners.simulator import Receiver, messages
from apps.reporting import demo
from tests.fixtures import a_database_of_its_own
from tests.transactions import undone


def seed(**options: object) -> dict:
    told = StringIO()
    call_command("seed_demo", json=True, stdout=told, **options)
    return json.loads(told.getvalue())


def without_tokens(document: dict) -> dict:
    return {
        "users": {
            name: {key: value for key, value in user.items() if key != "token"} for name, user in document["users"].items()
        },
        "partners": document["partners"],
    }


@dataclass(frozen=True)
class World:
    """A demo world with orders, made twice: what was printed each time, what stood in it in between, and its folder."""

    first: dict
    again: dict
    orders_before: int
    folder: Path


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("data")
    with a_database_of_its_own(django_db_blocker, furnished=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(project, "DATA_DIR", folder)
        first = seed(orders=12)
        orders = Order.objects.count()
        yield World(first=first, again=seed(orders=12), orders_before=orders, folder=folder)


# Comes before the world is made, as it looks into an empty database.
@pytest.mark.django_db
def test_production_has_no_demo_data(data_dir, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert User.objects.count() == 0
    assert not (data_dir / "demo.json").exists()


def test_it_prints_people_and_partners_and_the_same_secrets_each_time(world):
    first = world.first

    assert {"admin", "planner", "sales", "finance"} <= set(first["users"])
    assert set(first["users"]["admin"]) == {"username", "password", "token"}
    assert {name: set(partner) for name, partner in first["partners"].items()} == {
        "groendus": {"id", "api_key", "webhook_secret"},
        "essent": {"id", "api_key", "webhook_secret"},
    }
    assert without_tokens(world.again) == without_tokens(first)
    assert User.objects.filter(is_service=False).count() == len(first["users"])
    assert (PartnerIntegration.objects.count(), ApiKey.objects.count()) == (5, 2)


def test_five_partners_have_their_dialect_and_two_are_at_work(world):
    ways = {each.partner_organization.slug: each.channels for each in PartnerIntegration.objects.all()}
    assert ways == {
        "groendus": ("webhook",),
        "essent": ("webhook", "api"),
        "eneco": (),
        "50five": (),
        "alva": (),
    }
    assert all(each.custom_field_mapping and each.skus.exists() for each in PartnerIntegration.objects.all())
    assert {integration.requests_per_minute for integration in PartnerIntegration.objects.all()} == {6000}


def test_orders_stand_where_the_world_has_them_and_are_made_once(world):
    assert world.orders_before == Order.objects.count() == PartnerOrderReference.objects.count() == 12
    assert set(PartnerDelivery.objects.values_list("state", flat=True)) == {"skipped"}
    assert {"new_lead", "completed", "cancelled", "on_hold", "scheduled"} <= set(Order.objects.values_list("status", flat=True))


def test_an_order_that_cannot_be_moved_on_is_not_placed_either(world, monkeypatch):
    def refuse(order: Order, status: str) -> None:
        raise ValueError("stuck")

    monkeypatch.setattr(demo, "_move", refuse)
    partners = {"groendus": PartnerIntegration.objects.get(partner_organization__slug="groendus")}
    with undone():
        with pytest.raises(ValueError, match="stuck"):
            demo.seed_orders(partners, 13, ["new_lead"])

        assert Order.objects.count() == world.orders_before


def test_its_secrets_are_for_their_owner_only(world):
    assert stat.S_IMODE((world.folder / "demo.json").stat().st_mode) == 0o600
    assert "token" not in (world.folder / "demo.json").read_text()


def test_the_simulator_plays_the_api_of_the_demo(world):
    essent = PartnerIntegration.objects.get(partner_organization__slug="essent")
    essent.full_clean()
    with Receiver({"essent": world.again["partners"]["essent"]["webhook_secret"]}) as receiver:
        client = replace(essent.proof().client, token_url=f"{receiver.origin}/essent/api/token")

        assert Tokens().token_for(client, seconds=5)
    assert receiver.api.tokens_given == 1


def test_the_secrets_open_the_doors(world):
    admin, groendus = world.again["users"]["admin"], world.again["partners"]["groendus"]

    login = Client().post(
        "/api/v1/auth/token",
        json.dumps({"username": admin["username"], "password": admin["password"]}),
        content_type="application/json",
    )
    orders = Client().get("/api/v1/orders", headers={"Authorization": f"Bearer {admin['token']}"})
    order = Client().post(
        f"/api/v1/partners/{groendus['id']}/orders",
        json.dumps(next(messages("groendus", "T"))),
        content_type="application/json",
        headers={"Authorization": f"Bearer {groendus['api_key']}"},
    )

    assert (login.status_code, orders.status_code, order.status_code) == (200, 200, 201)


def test_a_new_database_gets_the_secrets_of_the_file(world):
    kept = (world.folder / "demo.json").read_text()
    ApiKey.objects.all().delete()

    assert without_tokens(seed()) == without_tokens(world.first)
    assert (world.folder / "demo.json").read_text() == kept
