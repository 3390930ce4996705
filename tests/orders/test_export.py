"""Orders as a file: the rows of the list, the columns one may take out, and a line in the log."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from apps.audit.models import AuditLog
from apps.core.admin import export
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

CHANGELIST = reverse("admin:orders_order_changelist")
EXPORT = reverse("admin:orders_order_export")
ASKED = {"table_format": "csv-plain", "columns": ["order_number", "customer", "total_incl_vat"]}


@pytest.fixture
def reporter(client):
    client.force_login(user_with("operations.reports", models=("view_order",)))
    return client


@pytest.fixture
def seller(client):
    client.force_login(user_with("sales.reports", "sales.customers", models=("view_order",)))
    return client


def body(answer):
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


def lines(answer):
    return list(csv.reader(io.StringIO(body(answer).decode("utf-8-sig"), newline="")))


def logged():
    return AuditLog.objects.filter(action="export")


def test_the_rows_of_the_list_come_out_in_the_columns_that_were_chosen(reporter):
    wanted = OrderFactory(
        priority_level="urgent",
        customer_organization__name="=Bakkerij",
        total_excl_vat=Decimal("1000.50"),
        total_incl_vat=Decimal("1000.50"),
    )
    OrderFactory(priority_level="low")
    OrderFactory(priority_level="urgent", business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    answer = reporter.post(f"{EXPORT}?priority_level__exact=urgent", ASKED)

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="orders-')
    heading, *rows = lines(answer)
    assert len(heading) == 3
    assert rows == [[wanted.order_number, "'=Bakkerij", "1000.50"]]


def test_it_is_logged_who_took_what_out(reporter):
    OrderFactory()

    body(reporter.post(f"{EXPORT}?whose=open", ASKED))

    entry = logged().get()
    assert entry.actor_kind == "user"
    assert entry.context == {
        "page": "orders.order",
        "filter": "whose=open",
        "format": "csv-plain",
        "columns": ["order_number", "customer", "total_incl_vat"],
        "rows": 1,
    }


@pytest.mark.parametrize("number", [1, 3])
def test_a_file_takes_as_many_queries_for_one_row_as_for_three(seller, django_assert_max_num_queries, number):
    for _ in range(number):
        OrderFactory(of_partner=True)
    every = [column.name for column in export_page().export_columns]

    with django_assert_max_num_queries(40) as asked:
        rows = lines(seller.post(EXPORT, ASKED | {"columns": every}))

    assert (len(rows), len(rows[0])) == (number + 1, len(every))
    QUERIES.add(len(asked))
    assert len(QUERIES) == 1


QUERIES = set()


def export_page():
    from apps.orders.admin.orders import OrderAdmin

    return OrderAdmin


def test_a_workbook_has_its_types(reporter):
    OrderFactory(created_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), requested_date="2026-08-01")

    answer = reporter.post(EXPORT, {"table_format": "xlsx", "columns": ["created_at", "requested_date", "total_incl_vat"]})

    sheet = load_workbook(io.BytesIO(body(answer))).active
    assert [cell.value for cell in sheet[2]] == [datetime(2026, 7, 2, 0, 30), datetime(2026, 8, 1), 0]


def test_how_people_are_reached_is_for_those_who_see_customers(reporter):
    OrderFactory(primary_contact__email="sanne@example.nl")
    asked = ASKED | {"columns": ["order_number", "email"]}

    page = reporter.post(EXPORT, asked)

    assert page.context["form"].errors.keys() == {"columns"}
    assert "email" not in dict(page.context["form"].fields["columns"].choices)
    assert not logged().exists()


def test_they_take_it_out(seller):
    order = OrderFactory(primary_contact__email="sanne@example.nl")

    assert lines(seller.post(EXPORT, ASKED | {"columns": ["email", "order_number"]}))[1] == [
        order.order_number,
        "sanne@example.nl",
    ]


def test_to_see_is_not_to_take_out(client):
    client.force_login(user_with("sales.orders", "sales.customers", models=("view_order", "change_order")))

    assert "export_url" not in client.get(CHANGELIST).context
    assert client.get(EXPORT).status_code == client.post(EXPORT, ASKED).status_code == 403
    assert not logged().exists()


def test_to_take_out_is_not_to_see(client):
    client.force_login(user_with("sales.reports"))

    assert client.post(EXPORT, ASKED).status_code == 403


def test_more_rows_than_a_file_may_hold_are_refused_with_the_reason(reporter, monkeypatch):
    monkeypatch.setattr(export, "MOST_ROWS", 1)
    OrderFactory()
    assert len(lines(reporter.post(EXPORT, ASKED))) == 2
    OrderFactory()

    page = reporter.post(EXPORT, ASKED)

    assert (page.status_code, page.context["is_too_many"]) == (200, True)
    assert logged().count() == 1


def test_one_export_at_a_time(reporter):
    first = reporter.post(EXPORT, ASKED)
    second = reporter.post(EXPORT, ASKED)
    body(first)

    assert [str(message) for message in second.context["messages"]] != []
    assert len(lines(reporter.post(EXPORT, ASKED))) == 1


def test_the_list_leads_there_with_its_filter(reporter):
    url = reporter.get(CHANGELIST, {"whose": "mine", "p": "1", "o": "1"}).context["export_url"]

    page = reporter.get(url)

    assert url == f"{EXPORT}?whose=mine"
    assert [chip.url for chip in page.context["shown"].chips] == ["?view=all"]
    assert reporter.get(f"{EXPORT}?created_at__year=99999").url == f"{CHANGELIST}?e=1"
