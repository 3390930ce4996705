"""The demo world, made again and again."""

import json
import stat
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from apps.accounts.models import ApiKey, User
from apps.orders.models import Order
from apps.partners.clients.tokens import Tokens
from apps.partners.models import PartnerDelivery, PartnerIntegration, PartnerOrderReference
from apps.partners.simulator import Receiver, messages
from tests.partners.conftest import reference_data  # noqa: F401  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_data")]


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


def test_it_prints_people_and_partners_and_the_same_secrets_each_time(data_dir):
    first = seed()
    again = seed()

    assert {"admin", "planner", "sales", "finance"} <= set(first["users"])
    assert set(first["users"]["admin"]) == {"username", "password", "token"}
    assert {name: set(partner) for name, partner in first["partners"].items()} == {
        "groendus": {"id", "api_key", "webhook_secret"},
        "essent": {"id", "api_key", "webhook_secret"},
    }
    assert without_tokens(again) == without_tokens(first)
    assert User.objects.filter(is_service=False).count() == len(first["users"])
    assert (PartnerIntegration.objects.count(), ApiKey.objects.count()) == (5, 2)


def test_five_partners_have_their_dialect_and_two_are_at_work(data_dir):
    seed()

    ways = {each.partner_organization.slug: each.channels for each in PartnerIntegration.objects.all()}
    assert ways == {
        "groendus": ("webhook",),
        "essent": ("webhook", "api"),
        "eneco": (),
        "50five": (),
        "alva": (),
    }
    assert all(each.custom_field_mapping and each.skus.exists() for each in PartnerIntegration.objects.all())


def test_the_simulator_plays_the_api_of_the_demo(data_dir):
    document = seed()
    essent = PartnerIntegration.objects.get(partner_organization__slug="essent")
    essent.full_clean()
    with Receiver({"essent": document["partners"]["essent"]["webhook_secret"]}) as receiver:
        client = replace(essent.proof().client, token_url=f"{receiver.origin}/essent/api/token")

        assert Tokens().token_for(client, seconds=5)
    assert receiver.api.tokens_given == 1


def test_its_secrets_are_for_their_owner_only(data_dir):
    seed()

    assert stat.S_IMODE((data_dir / "demo.json").stat().st_mode) == 0o600
    assert "token" not in (data_dir / "demo.json").read_text()


def test_the_secrets_open_the_doors(data_dir):
    document = seed()
    admin, groendus = document["users"]["admin"], document["partners"]["groendus"]

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


def test_partners_may_make_6000_requests_a_minute(data_dir):
    seed()

    assert {integration.requests_per_minute for integration in PartnerIntegration.objects.all()} == {6000}


def test_a_new_database_gets_the_secrets_of_the_file(data_dir):
    document = without_tokens(seed())
    kept = (data_dir / "demo.json").read_text()
    ApiKey.objects.all().delete()

    assert without_tokens(seed()) == document
    assert (data_dir / "demo.json").read_text() == kept


def test_orders_stand_where_the_world_has_them_and_are_made_once(data_dir):
    seed(orders=12)
    seed(orders=12)

    assert Order.objects.count() == PartnerOrderReference.objects.count() == 12
    assert set(PartnerDelivery.objects.values_list("state", flat=True)) == {"skipped"}
    assert {"new_lead", "completed", "cancelled", "on_hold", "scheduled"} <= set(Order.objects.values_list("status", flat=True))


def test_production_has_no_demo_data(data_dir, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert User.objects.count() == 0
    assert not (data_dir / "demo.json").exists()
