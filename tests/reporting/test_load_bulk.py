"""Very many orders at once, as if each had come in by itself."""

from dataclasses import dataclass
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.db.models import Q
from django.test import Client

from apps.accounts.models import User
from apps.core import clock
from apps.orders.choices import FINAL_STATUSES
from apps.orders.models import LineItem, Order, OrderHold
from apps.organizations.choices import EntityCode
from apps.organizations.models import NumberSequence, Organization
from apps.partners.models import PartnerDelivery, PartnerOrderReference
from apps.workflow.models import EntityCurrentStatus, StatusTransition
from apps.workflow.services import change_entity_status
from tests import ground
from tests.fixtures import a_database_of_its_own

# A condition is spelled with other casts once it was read and written again, as in a restored copy.
KEYS_AND_INDEXES = """
    WITH named AS (
        SELECT conrelid AS owner, conname::text AS name, pg_get_constraintdef(oid) AS definition, convalidated AS valid
        FROM pg_constraint
        UNION ALL
        SELECT indrelid, relname, replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON '), indisvalid
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        UNION ALL
        SELECT tgrelid, tgname::text, tgenabled::text, true FROM pg_trigger WHERE NOT tgisinternal
    )
    SELECT relname, name, regexp_replace(definition, '::(character varying|text)|[][() ]', '', 'g'), valid
    FROM named JOIN pg_class ON pg_class.oid = owner
    WHERE relnamespace = 'public'::regnamespace AND relname !~ '^audit_logs_20' ORDER BY relname, name, definition
"""
ORDERS = 200
NEXT = {"scheduled": "in_progress", "quote_sent": "quote_draft", "approved": "in_production", "delivered": "completed"}
SAME = (
    'SELECT id, order_number, created_at, status, version, planned_start_date, total_incl_vat, customer_organization_id FROM "order"',
    "SELECT id, entity_id, sequence, to_status, occurred_at, status_since, sla_deadline FROM status_transitions",
    "SELECT id, order_id, line_order, description, quantity, total FROM line_item",
    "SELECT id, name, email, phone, visiting_address_id FROM organization WHERE email LIKE '%@example.nl'",
    "SELECT id, reference_id, channel, sequence, body, delivered_at FROM partner_delivery",
    "SELECT id, order_id, held_at, hold_reason_category, resolved_at FROM order_hold_details",
)


def query(statement, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        return cursor.fetchall()


def load(*, orders, **options):
    said = StringIO()
    call_command("load_bulk", orders=orders, stdout=said, **options)
    return said.getvalue()


def differences():
    said = StringIO()
    try:
        call_command("verify", stdout=said)
    except CommandError:
        return said.getvalue()
    return ""


@pytest.fixture
def system(furnished_commits, data_dir):
    call_command("seed_demo", verbosity=0, stdout=StringIO())


@dataclass
class Business:
    """A database after a load: what the load said, and what the tables were like before."""

    said: list[str]
    before: list[tuple]


@pytest.fixture(scope="module")
def business(django_db_setup, django_db_blocker, tmp_path_factory):
    """Two years of business, to be looked at."""
    with a_database_of_its_own(django_db_blocker, furnished=True), pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "DATA_DIR", tmp_path_factory.mktemp("data"))
        before = query(KEYS_AND_INDEXES)
        yield Business(said=load(orders=ORDERS).splitlines(), before=before)


def test_all_that_was_loaded_agrees_and_is_told(business):
    assert differences() == ""
    assert Order.objects.count() == ORDERS
    assert f"{'order':<40} {ORDERS:>12} rows" in business.said
    assert f"{'line_item':<40} {LineItem.objects.count():>12} rows" in business.said
    assert business.said[-1].startswith(f"{ORDERS} orders in ")


def test_it_looks_like_years_of_business(business):
    orders = Order.objects.all()

    assert set(orders.values_list("business_entity__entity_code", flat=True)) == set(EntityCode.values)
    series = NumberSequence.objects.filter(document_type="order", is_test=False, current_value__gt=0)
    assert set(series.values_list("year", flat=True)) == set(range(2025, clock.today().year + 1))
    assert 0.5 < PartnerOrderReference.objects.count() / ORDERS < 0.7
    assert Organization.objects.customers().count() < ORDERS
    assert 0.7 < orders.filter(status__in=FINAL_STATUSES).count() / ORDERS < 1
    assert OrderHold.objects.filter(is_active=False).exists()
    cancelled = orders.filter(status="cancelled")
    assert cancelled.exists()
    assert not cancelled.filter(Q(cancellation_code="") | Q(cancellation_reason="")).exists()
    assert set(PartnerDelivery.objects.values_list("state", flat=True)) == {"done"}
    assert EntityCurrentStatus.objects.filter(is_overdue=True).exists()
    assert not Organization.objects.customers().exclude(email__endswith="@example.nl").exists()


def test_people_keep_office_hours(business):
    worked = query(
        "SELECT count(*) FILTER (WHERE extract(isodow FROM local) > 5 OR local::time NOT BETWEEN '08:00' AND '17:30'), count(*)"
        " FROM (SELECT occurred_at AT TIME ZONE 'Europe/Amsterdam' AS local FROM status_transitions WHERE sequence > 1) AS step"
    )
    assert worked == [(0, StatusTransition.objects.filter(sequence__gt=1).count())]


def test_the_tables_are_as_they_were(business):
    assert query(KEYS_AND_INDEXES) == business.before


def test_the_log_lies_in_the_months_in_which_it_was_written(business):
    with ground.owner(connection.settings_dict["NAME"]) as owner:
        assert owner.execute("SELECT count(*) FROM audit_logs_default").fetchone() == (0,)


def test_a_loaded_order_is_one_like_any_other(business):
    admin = User.objects.get(email="admin@demo.example")
    client = Client()
    client.force_login(admin)
    order = Order.objects.filter(status__in=NEXT).first()

    assert client.get("/admin/orders/order/").status_code == 200
    assert order.order_number in client.get(f"/admin/orders/order/{order.pk}/change/").content.decode()
    answer = client.get(f"/api/v1/orders/{order.order_number}").json()
    assert (answer["status"], len(answer["line_items"])) == (order.status, order.line_items.count())
    change_entity_status(entity_type="order", entity_id=order.pk, to_status=NEXT[order.status], by=admin)
    assert differences() == ""


def loaded(blocker, seed):
    """What a load gives in a database of its own."""
    with a_database_of_its_own(blocker, furnished=True):
        load(orders=30, seed=seed)
        return [sorted(map(str, query(statement))) for statement in SAME]


def test_the_same_seed_gives_the_same_orders_and_another_seed_others(django_db_setup, django_db_blocker, data_dir):
    first = loaded(django_db_blocker, seed=7)

    assert [len(rows) > 0 for rows in first] == [True] * len(SAME)
    assert loaded(django_db_blocker, seed=7) == first
    assert all(rows != others for rows, others in zip(first, loaded(django_db_blocker, seed=8), strict=True))


def test_more_orders_take_the_numbers_after_those_that_are_there(system):
    load(orders=40)
    last = NumberSequence.objects.get(business_entity__entity_code="chargecars", document_type="order", year=2026, is_test=False)
    with pytest.raises(CommandError, match="--append"):
        load(orders=20)
    assert Order.objects.count() == 40

    load(orders=20, append=True)

    assert Order.objects.count() == 60
    assert differences() == ""
    assert Order.objects.filter(order_number=f"CC-2026-{last.current_value + 1:05d}").count() == 1


def test_production_has_no_made_up_orders(system, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="production"):
        load(orders=20)

    assert Order.objects.count() == 0


def test_a_load_that_fails_leaves_nothing(system, monkeypatch):
    before = query(KEYS_AND_INDEXES)
    monkeypatch.setattr("apps.reporting.bulk.loading.NUMBERS", "SELECT 1 / 0")

    with pytest.raises(Exception, match="division by zero"):
        load(orders=20)

    assert (Order.objects.count(), StatusTransition.objects.count()) == (0, 0)
    assert query(KEYS_AND_INDEXES) == before
