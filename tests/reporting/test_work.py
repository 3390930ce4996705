"""What to do next: ranked by what waiting costs, from every app, with its act; put off until tomorrow and taken back."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import PutOff
from apps.communication.choices import DeliveryStatus
from apps.core import clock
from apps.core.contributions import Viewer, WorkItem, contributions
from apps.finance.choices import InvoiceStatus
from apps.orders.choices import OrderStatus
from apps.partners.choices import DeliveryState
from apps.reporting.work import my_work, ranked, score
from apps.workflow.services import create_task
from tests.factories.accounts import PutOffFactory, UserFactory
from tests.factories.communication import CommunicationMessageFactory
from tests.factories.finance import BankTransactionFactory, InvoiceFactory
from tests.factories.orders import OrderFactory, OrderHoldFactory
from tests.factories.organizations import ApprovalRequestFactory, BusinessEntityFactory, MembershipFactory
from tests.factories.partners import PartnerDeliveryFactory
from tests.factories.workflow import EntityCurrentStatusFactory, InternalTaskFactory

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def item(**fields) -> WorkItem:
    return WorkItem(**{"key": "task:a", "kind": "task", "title": "a", "reason": "a", "url": "/", **fields})


def work_of(user, **options) -> list[WorkItem]:
    return [row.item for row in my_work(Viewer(user=user), {}, **options)[0]]


# The order


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"due_at": NOW - timedelta(days=2)}, {"due_at": NOW - timedelta(days=1)}),
        ({"due_at": NOW + timedelta(hours=1)}, {"due_at": NOW + timedelta(hours=20)}),
        ({"due_at": NOW + timedelta(hours=1)}, {}),
        ({}, {"due_at": NOW + timedelta(days=5)}),
        ({"money_at_risk": Decimal(10_000)}, {"money_at_risk": Decimal(100)}),
        ({"severity": "danger"}, {"severity": "warning"}),
        ({"is_mine": True}, {}),
        # Ten times the money outweighs two days, and not three.
        ({"due_at": NOW, "money_at_risk": Decimal(99_900)}, {"due_at": NOW - timedelta(days=2), "money_at_risk": Decimal(9_900)}),
        ({"due_at": NOW - timedelta(days=3), "money_at_risk": Decimal(9_900)}, {"due_at": NOW, "money_at_risk": Decimal(99_900)}),
    ],
)  # fmt: skip
def test_what_waiting_costs_most_stands_first(first, second):
    items = [item(key="task:z", **first), item(key="task:a", **second)]

    assert [each.key for each in ranked(items, NOW)] == ["task:z", "task:a"]


moments = st.none() | st.timedeltas(timedelta(days=-400), timedelta(days=400)).map(lambda apart: NOW + apart)
amounts = st.decimals(0, 10_000_000, places=2)


@settings(max_examples=25)
@given(due_at=moments, money=amounts, more=amounts, later=st.timedeltas(timedelta(0), timedelta(days=400)), mine=st.booleans())
def test_more_money_and_more_waiting_never_rank_lower(due_at, money, more, later, mine):
    lighter = item(due_at=due_at, money_at_risk=money, is_mine=mine)
    heavier = item(due_at=due_at, money_at_risk=money + more, is_mine=mine)

    assert score(heavier, NOW) >= score(lighter, NOW) > 0
    assert score(lighter, NOW + later) >= score(lighter, NOW)


def test_of_equals_the_same_one_stands_first_whatever_the_order_they_come_in():
    items = [item(key=f"task:{letter}") for letter in "cab"]

    assert [each.key for each in ranked(items, NOW)] == [each.key for each in ranked(items[::-1], NOW)]


# What there is


def due(moment) -> dict[str, datetime]:
    """A deadline with its stages, as the engine writes them."""
    stages = dict.fromkeys(["reminder_at", "warning_at"], moment - timedelta(hours=1))
    return {"sla_deadline": moment, "escalates_at": moment + timedelta(days=1), **stages}


def late_order(**fields):
    order = OrderFactory(total_excl_vat=Decimal(1000), total_incl_vat=Decimal(1000), **fields)
    EntityCurrentStatusFactory(
        last_transition__entity_type="order",
        last_transition__entity_id=order.pk,
        business_entity=order.business_entity,
        assigned_user=order.order_owner,
        workflow=order.workflow,
        is_overdue=True,
        **due(clock.now() - timedelta(hours=3)),
    )
    return order


@pytest.mark.django_db
def test_every_kind_of_work_is_there_once_with_its_reason(admin_user):
    order = late_order()
    held = OrderFactory(held=True)
    hold = OrderHoldFactory(order=held, estimated_resume_date=clock.today() - timedelta(days=2))
    task = InternalTaskFactory(assigned_to=admin_user)
    free = InternalTaskFactory()
    unsent = sent_invoice(InvoiceStatus.APPROVED, due=clock.today() + timedelta(days=14))
    overdue = sent_invoice(InvoiceStatus.SENT, due=clock.today() - timedelta(days=1))
    line = BankTransactionFactory()
    message = CommunicationMessageFactory(delivery_status=DeliveryStatus.FAILED, next_attempt_at=None)
    delivery = PartnerDeliveryFactory(state=DeliveryState.PARKED)
    approval = ApprovalRequestFactory()

    found = {each.key for each in work_of(admin_user, limit=50)}

    assert found == {
        f"order_late:{order.pk}",
        f"hold_due:{hold.pk}",
        f"task:{task.pk}",
        f"task:{free.pk}",
        f"invoice_unsent:{unsent.pk}",
        f"invoice_overdue:{overdue.pk}",
        f"bank_line:{line.pk}",
        f"message:{message.pk}",
        f"delivery:{delivery.pk}",
        f"approval:{approval.pk}",
    }
    assert all(each.reason and each.url.startswith("/admin/") for each in work_of(admin_user, limit=50))


def sent_invoice(status, *, due):
    return InvoiceFactory(
        status=status,
        invoice_number=f"CC-INV-{status}",
        invoice_date=due - timedelta(days=14),
        due_date=due,
        approved_at=clock.now(),
        payment_reference=f"RF{status}"[:20],
    )


@pytest.mark.django_db
def test_what_is_a_test_removed_finished_or_in_time_is_no_work(admin_user):
    late_order(is_test=True, order_number="TEST-CC-2026-00001")
    late_order(deleted_at=clock.now(), deleted_by="Sanne", deletion_reason="Dubbel")
    OrderHoldFactory(order=OrderFactory(held=True), estimated_resume_date=clock.today() + timedelta(days=2))
    sent_invoice(InvoiceStatus.SENT, due=clock.today())
    CommunicationMessageFactory()
    PartnerDeliveryFactory()

    assert work_of(admin_user) == []


@pytest.mark.django_db
def test_an_order_that_will_be_late_within_a_day_stands_there_before_it_is():
    user = UserFactory(superuser=True)
    order = OrderFactory(status=OrderStatus.NEW_LEAD)
    fields = {"last_transition__entity_type": "order", "last_transition__entity_id": order.pk}
    row = EntityCurrentStatusFactory(**fields, workflow=order.workflow, **due(clock.now() + timedelta(hours=23)))

    assert [each.kind for each in work_of(user)] == ["order_soon_late"]
    with time_machine.travel(clock.now() + timedelta(hours=24)):
        assert [(each.kind, each.severity) for each in work_of(user)] == [("order_late", "danger")]
    type(row).objects.update(sla_deadline=clock.now() + timedelta(hours=25))
    assert work_of(user) == []


@pytest.mark.django_db
def test_whose_it_is_not_and_who_has_no_right_sees_nothing_of_it():
    entity, other = BusinessEntityFactory(), BusinessEntityFactory(entity_code="laderthuis")
    mine, _theirs = late_order(business_entity=entity), late_order(business_entity=other)
    person = MembershipFactory(user=UserFactory(staff=True), business_entity=entity).user

    assert work_of(person) == []
    person.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "view_orderhold"]))
    person = type(person).objects.get(pk=person.pk)

    assert [each.key for each in work_of(person)] == [f"order_late:{mine.pk}"]


@pytest.mark.django_db
def test_no_provider_asks_more_for_more_rows(admin_user, django_assert_num_queries):
    def ask():
        for provider in contributions.work:
            provider(Viewer(user=admin_user), 10)

    late_order()
    InternalTaskFactory(assigned_to=admin_user)
    BankTransactionFactory()
    with django_assert_num_queries(15) as asked:
        ask()
    for _ in range(3):
        late_order()
        InternalTaskFactory(assigned_to=admin_user)
        BankTransactionFactory()
    with django_assert_num_queries(len(asked)):
        ask()


# The page


def shown(client, query="") -> list[str]:
    page = client.get(reverse("admin:index") + query, headers={"accept-language": "en"})
    assert page.status_code == 200
    return [row.item.key for row in page.context["work"]]


@pytest.mark.django_db
def test_the_page_shows_the_work_of_the_chosen_company(admin_client):
    ours, theirs = late_order(), late_order(business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert set(shown(admin_client)) == {f"order_late:{ours.pk}", f"order_late:{theirs.pk}"}
    assert shown(admin_client, "?entity=laderthuis") == [f"order_late:{theirs.pk}"]


@pytest.mark.django_db
def test_work_is_put_off_until_tomorrow_and_taken_back(admin_client, admin_user):
    order = late_order()
    key = f"order_late:{order.pk}"

    with time_machine.travel(datetime(2026, 3, 28, 20, tzinfo=UTC), tick=False) as traveller:  # the clock changes at night
        to = admin_client.post(reverse("work-put-off"), {"key": key, "here": "entity=chargecars"}).headers["Location"]
        assert to == f"{reverse('admin:index')}?entity=chargecars&put_off={key.replace(':', '%3A')}"
        assert shown(admin_client) == []
        assert shown(admin_client, "?hidden") == [key]
        traveller.move_to(datetime(2026, 3, 29, 4, 30, tzinfo=UTC))
        admin_client.force_login(admin_user)  # a night is longer than a login lasts
        assert shown(admin_client) == [key]
        traveller.move_to(datetime(2026, 3, 29, 3, 30, tzinfo=UTC))
        assert shown(admin_client) == []
        admin_client.post(reverse("work-bring-back"), {"key": key})
        assert shown(admin_client) == [key]


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x", "task:" + "a" * 65, "task:<b>", "task:a\n"])
def test_what_is_no_work_is_not_put_off(admin_client, key):
    assert admin_client.post(reverse("work-put-off"), {"key": key}).status_code == 400
    assert PutOff.objects.count() == 0


@pytest.mark.django_db
def test_what_one_put_off_others_still_see(admin_client):
    order = late_order()
    PutOffFactory(key=f"order_late:{order.pk}", until=clock.now() + timedelta(hours=1))

    assert shown(admin_client) == [f"order_late:{order.pk}"]


@pytest.mark.django_db
def test_a_task_is_completed_from_the_page_and_the_page_comes_back(admin_client, admin_user):
    task = create_task(title="Bel de klant terug", assigned_to=admin_user, created_by=admin_user)
    (found,) = work_of(admin_user)
    assert found.is_one_click

    answer = admin_client.post(found.action_url, {"back": "https://example.org/admin/?entity=chargecars"})

    assert answer.headers["Location"] == f"{reverse('admin:index')}?entity=chargecars"
    task = type(task).objects.get(pk=task.pk)
    assert task.status == "completed"
    assert shown(admin_client) == []


@pytest.mark.django_db
def test_an_empty_page_says_what_will_stand_there(admin_client):
    page = admin_client.get(reverse("admin:index"), headers={"accept-language": "en"}).content.decode()

    assert "Nothing waits for you" in page
