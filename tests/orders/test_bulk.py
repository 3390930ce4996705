"""Acts on many orders: looked at first, one transaction each, a result for each, and taken back where that is honest."""

import csv
import io
from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.models import BulkRow, BulkRun
from apps.accounts.services.bulk_runs import forget_old_runs
from apps.audit.models import AuditLog
from apps.core import clock
from apps.core.admin import bulk
from apps.orders.choices import OrderStatus as S
from apps.orders.models import Order, OrderHold
from tests.factories.accounts import BulkRowFactory, BulkRunFactory
from tests.factories.orders import OrderFactory, OrderHoldFactory, order_in
from tests.factories.organizations import BusinessEntityFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.usefixtures("policies", "entity")

CHANGELIST = reverse("admin:orders_order_changelist")
HOLD = {"hold_reason_category": "customer_delay", "hold_reason_details": "Bouwvak"}


@pytest.fixture
def person():
    return user_with("sales.orders", "operations.planning", models=("view_order", "change_order"))


@pytest.fixture
def colleague():
    return user_with("sales.orders")


@pytest.fixture
def staff(client, person):
    client.force_login(person)
    return client


def choose(client, act, *orders, query="", **more):
    """Tick orders in the list and pick an act; gives the page where that leads."""
    ticked = {"action": act, "_selected_action": [str(order.pk) for order in orders], **more}
    return client.post(f"{CHANGELIST}?{query}", ticked)


def carry_out(client, act, *orders, **answers):
    return client.post(choose(client, act, *orders).url, answers, follow=True)


def owners():
    return {order.pk: order.order_owner for order in Order.objects.select_related("order_owner")}


def results():
    return dict(BulkRow.objects.filter(run__undoes=None).values_list("label", "outcome"))


def test_first_is_told_what_would_happen_and_nothing_does(staff, colleague):
    free, done = OrderFactory(), order_in(S.COMPLETED)

    page = staff.get(choose(staff, "assign", free, done).url)

    preview = page.context["preview"]
    assert (preview.number, preview.possible, [label for label, _why in preview.refused]) == (2, 1, [done.order_number])
    assert list(page.context["form"].fields) == ["order_owner"]
    assert owners() == {free.pk: None, done.pk: None}
    assert not AuditLog.objects.filter(table_name="order", action="update").exists()


def test_each_order_is_assigned_or_refused_with_the_reason(staff, colleague):
    free, taken, done = OrderFactory(), OrderFactory(order_owner=user_with()), order_in(S.COMPLETED)

    page = carry_out(staff, "assign", free, taken, done, order_owner=colleague.pk)

    assert owners() == {free.pk: colleague, taken.pk: colleague, done.pk: None}
    assert results() == {free.order_number: "done", taken.order_number: "done", done.order_number: "refused"}
    assert (page.context["done"], page.context["refused"], page.context["waiting"]) == (2, 1, 0)
    assert all(row.reason for row in BulkRow.objects.filter(outcome="refused"))


def test_each_has_its_version_and_its_line_in_the_log(staff, colleague):
    orders = [OrderFactory() for _ in range(3)]

    carry_out(staff, "assign", *orders, order_owner=colleague.pk)

    assert set(Order.objects.values_list("version", flat=True)) == {2}
    logged = AuditLog.objects.filter(table_name="order", action="update")
    assert {entry.record_id for entry in logged} == {str(order.pk) for order in orders}
    assert Order.history.filter(history_type="~").count() == 3


def test_an_assignment_is_taken_back_to_whoever_had_each(staff, colleague):
    other = user_with()
    free, taken, moved_on = OrderFactory(), OrderFactory(order_owner=other), OrderFactory()
    page = carry_out(staff, "assign", free, taken, moved_on, order_owner=colleague.pk)
    Order.objects.filter(pk=moved_on.pk).update(order_owner=other)
    results_page = page.redirect_chain[-1][0]

    undone = staff.post(results_page, {"undo": "1"}, follow=True)

    assert page.context["may_undo"] is True
    assert owners() == {free.pk: None, taken.pk: other, moved_on.pk: other}
    assert (undone.context["done"], undone.context["refused"], undone.context["may_undo"]) == (2, 1, False)
    assert staff.get(results_page).context["may_undo"] is False
    assert len(staff.post(results_page, {"undo": "1"}, follow=True).context["messages"]) == 1


def test_orders_become_nobodys_and_go_back(staff, colleague):
    order = OrderFactory(order_owner=colleague)

    page = carry_out(staff, "unassign", order)
    assert owners() == {order.pk: None}

    staff.post(page.redirect_chain[-1][0], {"undo": "1"})
    assert owners() == {order.pk: colleague}


def test_who_does_not_see_an_order_does_not_get_it(client):
    client.force_login(user_with("sales.orders", "multi.entity", models=("view_order", "change_order")))
    theirs = OrderFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    elsewhere = user_with("sales.orders", entity=BusinessEntityFactory(entity_code="chargecars"))

    carry_out(client, "assign", theirs, order_owner=elsewhere.pk)

    assert (owners(), results()) == ({theirs.pk: None}, {theirs.order_number: "refused"})


def test_a_stranger_cannot_be_chosen(staff):
    stranger = user_with("sales.orders", entity=BusinessEntityFactory(entity_code="laderthuis"))
    order = OrderFactory()

    page = carry_out(staff, "assign", order, order_owner=stranger.pk)

    assert page.context["form"].errors.keys() == {"order_owner"}
    assert results() == {order.order_number: "waiting"}


def test_hold_and_resume(staff):
    orders = [OrderFactory(), order_in(S.PLANNING), order_in(S.CANCELLED)]

    carry_out(staff, "hold", *orders, **HOLD)
    assert (
        list(OrderHold.objects.values_list("hold_reason_category", "hold_reason_details")) == [("customer_delay", "Bouwvak")] * 2
    )
    carry_out(staff, "resume", *orders, resolution_notes="Voorbij")

    statuses = {order.pk: order.status for order in Order.objects.all()}
    assert [statuses[order.pk] for order in orders] == [S.NEW_LEAD, S.PLANNING, S.CANCELLED]
    assert list(BulkRow.objects.filter(run__act="resume").values_list("outcome", flat=True).order_by("outcome")) == [
        "done",
        "done",
        "refused",
    ]


def test_all_rows_of_the_filter_are_chosen_together(staff, colleague):
    urgent = [OrderFactory(priority_level="urgent") for _ in range(3)]
    OrderFactory(priority_level="low")

    page = choose(staff, "assign", urgent[0], query="priority_level__exact=urgent", select_across="1")

    assert set(BulkRow.objects.values_list("record_id", flat=True)) == {order.pk for order in urgent}
    assert staff.get(page.url).context["preview"].number == 3


def test_more_than_can_be_overseen_is_refused(staff, monkeypatch):
    monkeypatch.setattr(bulk, "MOST_RECORDS", 1)

    answer = choose(staff, "assign", OrderFactory(), OrderFactory())

    assert (answer.status_code, answer.url) == (302, CHANGELIST)
    assert not BulkRun.objects.exists()


def test_a_long_act_goes_on_where_it_stopped(staff, colleague, monkeypatch):
    orders = [OrderFactory() for _ in range(3)]
    monkeypatch.setattr(bulk, "SECONDS_A_REQUEST", -1.0)
    page = carry_out(staff, "assign", *orders, order_owner=colleague.pk)
    html = page.content.decode()
    assert (page.context["waiting"], page.context["done"]) == (3, 0)
    assert "data-goes-on" in html
    assert "core/bulk.js" in html

    monkeypatch.setattr(bulk, "SECONDS_A_REQUEST", 3.0)
    ended = staff.post(page.redirect_chain[-1][0], follow=True)

    assert (ended.context["waiting"], ended.context["done"]) == (0, 3)
    assert "data-goes-on" not in ended.content.decode()
    assert set(Order.objects.values_list("version", flat=True)) == {2}


def test_an_owner_who_left_meanwhile_gets_nothing_more(staff, colleague, monkeypatch):
    order = OrderFactory()
    monkeypatch.setattr(bulk, "SECONDS_A_REQUEST", -1.0)
    page = carry_out(staff, "assign", order, order_owner=colleague.pk)
    colleague.is_active = False
    colleague.save()
    monkeypatch.setattr(bulk, "SECONDS_A_REQUEST", 3.0)

    staff.post(page.redirect_chain[-1][0])

    assert (owners(), results()) == ({order.pk: None}, {order.order_number: "refused"})


def test_the_failures_are_shown_and_taken_out_alone(staff, colleague):
    OrderFactory()
    order_in(S.COMPLETED)
    page = carry_out(staff, "assign", *Order.objects.all(), order_owner=colleague.pk)
    url = page.redirect_chain[-1][0]

    shown = staff.get(url, {"only": "refused"}).context["results"]
    told = b"".join(staff.get(url, {"only": "refused", "as": "csv"}).streaming_content).decode("utf-8-sig")

    assert [row.outcome for row in shown] == ["refused"]
    rows = list(csv.reader(io.StringIO(told, newline=""), delimiter=";"))
    assert [row[0] for row in rows[1:]] == [Order.objects.get(status=S.COMPLETED).order_number]


def test_an_order_of_another_company_is_not_touched(staff, person, colleague):
    theirs = OrderFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    run = BulkRunFactory(user=person, started_at=clock.now(), answers={"order_owner": [str(colleague.pk)]})
    BulkRowFactory(run=run, record_id=theirs.pk, label=theirs.order_number)

    staff.post(reverse("admin:orders_order_bulk", args=[run.pk]))

    assert (owners(), results()) == ({theirs.pk: None}, {theirs.order_number: "refused"})


def test_a_run_is_its_makers_alone(client, staff, colleague):
    url = choose(staff, "assign", OrderFactory()).url
    client.force_login(user_with("sales.orders", models=("view_order", "change_order")))

    assert (client.get(url).status_code, client.post(url, {"order_owner": ""}).status_code) == (404, 404)


def test_who_may_only_look_is_offered_no_act(client):
    reader = user_with("support.knowledge", models=("view_order",))
    client.force_login(reader)
    order = OrderFactory()
    run = BulkRunFactory(user=reader)

    answer = choose(client, "assign", order)

    assert answer.status_code in (200, 302)
    assert client.get(reverse("admin:orders_order_bulk", args=[run.pk])).status_code == 403
    assert BulkRun.objects.count() == 1


def test_ticked_rows_lead_to_their_own_export(client):
    client.force_login(user_with("sales.reports", models=("view_order",)))
    orders = [OrderFactory(), OrderFactory(), OrderFactory()]

    page = client.get(choose(client, "export", *orders[:2]).url)
    everything = choose(client, "export", orders[0], query="whose=open", select_across="1")

    assert page.context["number"] == 2
    assert [chip.value for chip in page.context["shown"].chips] == ["2"]
    assert everything.url == f"{reverse('admin:orders_order_export')}?whose=open"


def test_a_preview_takes_as_many_queries_for_one_as_for_three(staff, django_assert_max_num_queries):
    counts = set()
    for number in (1, 3):
        url = choose(staff, "assign", *[OrderFactory() for _ in range(number)]).url
        with django_assert_max_num_queries(25) as asked:
            staff.get(url)
        counts.add(len(asked))

    assert len(counts) == 1


def test_two_at_once_hold_each_order_once(staff):
    hold = OrderHoldFactory()

    carry_out(staff, "hold", hold.order, **HOLD)

    assert results() == {hold.order.order_number: "refused"}
    assert OrderHold.objects.count() == 1


def test_results_are_forgotten_after_a_month():
    BulkRowFactory(run=BulkRunFactory(created_at=clock.now() - timedelta(days=31)))
    kept = BulkRowFactory(run__created_at=clock.now() - timedelta(days=29))

    assert forget_old_runs() == 1
    assert list(BulkRow.objects.all()) == [kept]
