"""Dashboard and reports by their doors: who sees what, in which shape, and what is refused."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse, reverse_lazy
from django.utils import translation
from openpyxl import load_workbook

from apps.core import clock
from apps.core.consistency import Result
from apps.orders.models import Order
from apps.orders.services import order_hold_create
from apps.organizations.models import BusinessEntity
from apps.reporting.figures import FIGURES, Period, Scope
from apps.reporting.figures.words import shown_day, shown_month
from apps.reporting.models import Verified
from apps.reporting.services import keep_results
from apps.workflow.services import change_entity_status
from tests.factories.accounts import UserFactory
from tests.factories.finance import PaymentFactory
from tests.fixtures import a_database_of_its_own
from tests.orders.conftest import user_with
from tests.reporting.worlds import placed_order
from tests.transactions import undone

PAGES = ("dashboard", "orders-report", "financial-report")


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker):
    """A database with an order of each of two companies, one of them held, and money that came in."""
    with a_database_of_its_own(django_db_blocker, furnished=True):
        held, other = placed_order("chargecars"), placed_order("laderthuis")
        placed_order("chargecars", is_test=True)
        order_hold_create(order=held, hold_reason_category="other", hold_reason_details="Vakantie", by=None)
        PaymentFactory(business_entity=held.business_entity, amount=Decimal("250.00"))
        yield held, other


@pytest.fixture
def world(made):
    """The same, of which the test's changes are undone."""
    with undone():
        yield made


@pytest.fixture
def manager(client, world):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def figures(answer) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in answer.json()["figures"]}


def test_metrics_tell_each_figure_with_the_period_before_and_its_rows(manager, world):
    answer = manager.get("/api/v1/dashboard/metrics", {"period": "month"})

    assert answer.status_code == 200, answer.content
    told, found = answer.json(), figures(answer)
    assert found["orders_new"]["value"] == 2
    assert found["holds_active"]["value"] == 1
    assert found["received"]["value"] == "250.00"
    assert found["orders_value"]["value"] == f"{world[0].total_excl_vat + world[1].total_excl_vat}"
    assert (found["orders_new"]["previous"], found["orders_new"]["change"]) == (0, None)
    assert {each["status"]: each["count"] for each in told["orders_per_status"] if each["count"]} == {"new_lead": 1, "on_hold": 1}
    assert told["holds"]["categories"][0] | {"average_days": None} == {
        "category": "other", "label": told["holds"]["categories"][0]["label"], "count": 1, "average_days": None,
    }  # fmt: skip
    assert told["conversion"][0]["orders"] == 2
    assert len(told["holds"]["weeks"]) == 8
    assert told["business_entity"] is None
    rows = manager.get(found["orders_new"]["url"])
    assert [line.label for line in rows.context_data["lines"]] == [world[1].order_number, world[0].order_number]


def test_metrics_of_one_company(manager):
    answer = manager.get("/api/v1/dashboard/metrics", {"entity": "laderthuis"})

    assert figures(answer)["orders_new"]["value"] == 1
    assert [each["business_entity"] for each in answer.json()["revenue_per_entity"]] == ["laderthuis"]


def test_a_colleague_sees_the_figures_of_their_own_right_and_company(client, world):
    entity = BusinessEntity.objects.get_by_natural_key("laderthuis")
    client.force_login(user_with("operations.planning", entity=entity))

    answer = client.get("/api/v1/dashboard/metrics")

    assert answer.status_code == 200
    assert answer.json()["figures"] == []  # none of the permissions that the figures need
    assert {"revenue_per_entity", "orders_per_status", "holds"} & answer.json().keys() == set()
    refused = client.get("/api/v1/dashboard/metrics", {"entity": "chargecars"})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "unknown_entity")
    assert client.get("/api/v1/reports/financial").status_code == 403
    assert client.get(reverse("financial-report")).status_code == 403
    assert client.get(reverse("figure-rows", args=["revenue"])).status_code == 403


def test_alerts_tell_what_is_to_be_zero(manager, world):
    Order.objects.filter(pk=world[0].pk).first().holds.update(estimated_resume_date=clock.today() - timedelta(days=1))

    told = {each["name"]: (each["value"], each["severity"]) for each in manager.get("/api/v1/dashboard/alerts").json()["alerts"]}

    assert told["holds_overdue"] == (1, "warning")
    assert {name for name, (value, severity) in told.items() if (value, severity) != (0, "success")} == {"holds_overdue"}
    assert {"sla_breached", "sla_escalated", "failed_payments", "partner_errors", "dead_deliveries", "differences"} < told.keys()


def test_what_a_check_found_is_an_alert_as_long_as_there_is_the_check(manager):
    Verified.objects.create(check_name="gone", label="No more", ran_at=clock.now(), looked_at=1, differences=2)
    keep_results([Result(name="figures", label="Totals", looked_at=1, differences=2, examples=(), seconds=0.1)])

    told = {each["name"]: each["value"] for each in manager.get("/api/v1/dashboard/alerts").json()["alerts"]}

    assert told["differences"] == 1
    assert [row.check_name for row in Verified.objects.all()] == ["figures"]


@pytest.mark.parametrize("path", ["dashboard/metrics", "reports/orders", "reports/financial"])
@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"from": "2026-02-01", "to": "2026-01-01"}, "/to"),
        ({"from": "2001-01-01", "to": "2026-01-01"}, "/from"),
        ({"period": "century"}, "/period"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused_with_its_field(manager, path, asked, pointer):
    answer = manager.get(f"/api/v1/{path}", asked)

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)


def test_the_report_of_orders_has_customers_totals_and_pages(manager, world):
    first = manager.get("/api/v1/reports/orders", {"limit": "1"}).json()
    second = manager.get(first["next"]).json()

    assert (
        first["totals"]
        == second["totals"]
        == {
            "orders": 2,
            "total_excl_vat": f"{2 * world[0].total_excl_vat}",
            "total_vat": f"{2 * world[0].total_vat}",
            "total_incl_vat": f"{2 * world[0].total_incl_vat}",
        }
    )
    assert [row["order_number"] for row in first["results"] + second["results"]] == [world[1].order_number, world[0].order_number]
    assert first["results"][0]["customer"]["name"] == world[1].customer_organization.name
    assert second["next"] is None
    narrowed = manager.get("/api/v1/reports/orders", {"status": "on_hold", "entity": "chargecars"}).json()
    assert narrowed["totals"]["orders"] == 1
    assert manager.get("/api/v1/reports/orders", {"status": "asleep"}).status_code == 400


def test_the_report_of_orders_as_a_file_holds_no_formula(manager, world):
    organization = world[0].customer_organization
    organization.name = "=HYPERLINK(1)"
    organization.save()

    plain = manager.get("/api/v1/reports/orders", {"format": "csv-plain"})
    rows = list(csv.DictReader(io.StringIO(plain.getvalue().decode("utf-8-sig"))))
    book = load_workbook(io.BytesIO(manager.get("/api/v1/reports/orders", {"format": "xlsx"}).getvalue()))

    assert plain.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(rows) == 2
    assert "'=HYPERLINK(1)" in rows[1].values()
    (cell,) = [cell for row in book.active.iter_rows() for cell in row if cell.value == "=HYPERLINK(1)"]
    assert cell.data_type == "s"


@pytest.mark.parametrize("address", ["/api/v1/reports/orders", "/api/v1/reports/financial", *map(reverse_lazy, PAGES[1:])])
@pytest.mark.parametrize("kind", ["exe", "json,csv", "csv-plain,xlsx"])
def test_a_report_is_taken_out_as_one_kind_of_file_that_there_is(manager, address, kind):
    assert manager.get(address, {"format": kind}).status_code == 400


def test_the_financial_report_agrees_with_the_figures(manager):
    report, metrics = (manager.get(f"/api/v1/{path}").json() for path in ("reports/financial", "dashboard/metrics"))
    values = {each["name"]: each["value"] for each in metrics["figures"]}

    assert sum(Decimal(line["amount"]) for line in report["profit"] if line["item"] == "profit") == Decimal(values["profit"])
    assert sum(Decimal(line["amount"]) for line in report["outstanding"]) == Decimal(values["outstanding"])
    assert sum(Decimal(line["amount"]) for line in report["commissions"]) == Decimal(values["commissions"])
    answer = manager.get("/api/v1/reports/financial", {"format": "csv-plain"})
    assert len(list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))) == sum(
        len(report[name]) for name in ("profit", "outstanding", "commissions", "partners", "vat")
    )


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_page_opens_also_for_nothing_and_for_nonsense(manager, page, language):
    headers = {"accept-language": language}

    assert manager.get(reverse(page), headers=headers).status_code == 200
    assert manager.get(reverse(page), {"from": "2010-01-01", "to": "2010-01-31"}, headers=headers).status_code == 200
    assert manager.get(reverse(page), {"from": "2010-01-01", "to": "2009-01-31"}, headers=headers).status_code == 400
    assert manager.get(reverse(page), {"entity": "nobody"}, headers=headers).status_code == 400


def test_all_statuses_that_were_asked_for_stay_so_on_the_next_page_and_in_the_file(manager, monkeypatch, world):
    monkeypatch.setattr("apps.reporting.pages.reports.PER_PAGE", 1)
    page = manager.get(reverse("orders-report") + "?status=new_lead&status=on_hold").context_data
    older = manager.get(reverse("orders-report") + page["older"]).context_data

    for context, order in zip((page, older), reversed(world), strict=True):
        assert order.order_number in context["panel"].rows[0][0]
    assert older["older"] == ""
    assert [address for address, _label in page["files"]] == [
        f"?status=new_lead%2Con_hold&format={kind}" for kind in ("xlsx", "csv")
    ]


def test_another_period_begins_at_its_first_page(manager):
    answer = manager.get(reverse("orders-report"), {"from": "2026-01-01", "status": "on_hold", "page": "3"})

    assert answer.context_data["spans"][0][1] == "?status=on_hold&period=today"


def test_the_page_of_rows_has_pages_and_an_end(manager, monkeypatch):
    monkeypatch.setattr("apps.reporting.pages.rows.PER_PAGE", 1)
    first = manager.get(reverse("figure-rows", args=["orders_new"]))
    second = manager.get(reverse("figure-rows", args=["orders_new"]) + first.context_data["older"])

    assert (first.context_data["newer"], second.context_data["older"]) == ("", "")
    assert len({line.label for answer in (first, second) for line in answer.context_data["lines"]}) == 2
    monkeypatch.setattr("apps.reporting.pages.rows.MOST_PAGES", 1)
    assert manager.get(reverse("figure-rows", args=["orders_new"])).context_data["older"] == ""
    assert manager.get(reverse("figure-rows", args=["nothing"])).status_code == 404
    assert manager.get(reverse("figure-rows", args=["revenue"]), {"from": "yesterday"}).status_code == 400


def test_the_page_of_rows_reads_as_much_of_the_database_for_many_steps_as_for_few(manager):
    def cancel(order: Order) -> None:
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status="cancelled",
            transition_reason="Per abuis",
            business_context={},
            by=None,
        )

    def read() -> tuple[int, list[str]]:
        with CaptureQueriesContext(connection) as queries:
            answer = manager.get(reverse("figure-rows", args=["orders_cancelled"]))
        return len(queries), [line.entity for line in answer.context_data["lines"]]

    cancel(placed_order("chargecars"))
    read()
    few, _shown = read()
    cancel(placed_order("chargecars"))
    cancel(placed_order("laderthuis"))

    assert read() == (few, ["LaderThuis.nl", "ChargeCars", "ChargeCars"])


def test_the_rows_of_every_figure_stand_in_an_order_so_that_pages_miss_none(world):
    scope = Scope.of(UserFactory(is_superuser=True))

    for figure in FIGURES.values():
        assert figure.rows(scope, Period.named("month")).ordered, figure.name


def test_pages_read_as_much_of_the_database_for_many_orders_as_for_few(manager, django_assert_max_num_queries):
    for _ in range(3):
        placed_order("chargecars")

    with django_assert_max_num_queries(32):
        assert manager.get("/api/v1/dashboard/metrics").status_code == 200


@pytest.mark.parametrize(("language", "day", "month"), [("nl", "28 nov", "nov 2026"), ("en", "28 Nov", "Nov 2026")])
def test_months_below_a_bar_are_written_as_the_language_does(language, day, month):
    with translation.override(language):
        assert (shown_day(date(2026, 11, 28)), shown_month(date(2026, 11, 28))) == (day, month)
