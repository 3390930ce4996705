"""The two machines of an order, as literal tables: what is not in them is refused, and a refusal changes nothing."""

import pytest
from django.db import transaction

from apps.core.errors import Conflict, DomainError
from apps.orders.choices import ACTIVE_STATUSES, STATUSES, OrderStatus, OrderWorkflow
from apps.orders.models import Order
from apps.workflow.machines import arrows_of, findings
from apps.workflow.models import StatusTransition
from apps.workflow.queries import statuses_without_policy
from apps.workflow.services import allowed_transitions, change_status
from tests.factories.orders import LineItemFactory, order_in, statuses_in

INSTALLATION = {
    "new_lead": "intake_sent intake_completed on_hold cancelled",
    "intake_sent": "intake_completed on_hold cancelled",
    "intake_completed": "quote_draft on_hold cancelled",
    "quote_draft": "quote_ready on_hold cancelled",
    "quote_ready": "quote_sent quote_draft on_hold cancelled",
    "quote_sent": "customer_approved partner_approved both_approved quote_draft on_hold cancelled",
    "customer_approved": "both_approved quote_draft on_hold cancelled",
    "partner_approved": "both_approved quote_draft on_hold cancelled",
    "both_approved": "planning on_hold cancelled",
    "planning": "scheduled on_hold cancelled",
    "scheduled": "in_progress planning on_hold cancelled",
    "in_progress": "completed planning on_hold cancelled",
    "completed": "",
    "cancelled": "",
}
WHOLESALE = {
    "new": "approved pending_approval on_hold cancelled",
    "pending_approval": "approved rejected on_hold cancelled",
    "approved": "in_production on_hold cancelled",
    "in_production": "ready_for_delivery on_hold cancelled",
    "ready_for_delivery": "delivered on_hold cancelled",
    "delivered": "completed on_hold cancelled",
    "completed": "",
    "rejected": "",
    "cancelled": "",
}
TABLES = {OrderWorkflow.INSTALLATION: INSTALLATION, OrderWorkflow.WHOLESALE: WHOLESALE}
FINAL = {OrderWorkflow.INSTALLATION: ("completed", "cancelled"), OrderWorkflow.WHOLESALE: ("completed", "rejected", "cancelled")}

PLACES = [
    (workflow, status, held_from)
    for workflow in OrderWorkflow
    for status, held_from in [*statuses_in(workflow), *((status, "") for status in FINAL[workflow])]
]


def expected_from(workflow, status, held_from):
    """Where an order may go from here: from on hold, back or wherever it might have gone."""
    if status != "on_hold":
        return set(TABLES[workflow][status].split())
    return ({held_from} | set(TABLES[workflow][held_from].split())) - {"on_hold"}


def ready_order(workflow, status, held_from):
    """An order against which no guard has anything: an address, a line, a partner that pays nothing."""
    order = order_in(status, workflow=workflow, held_from=held_from, of_partner=True)
    LineItemFactory(order=order)
    return order


def try_move(order, target):
    """Whether the step is taken; whatever happens is undone."""
    with transaction.atomic():
        try:
            change_status(order, target, reason="Test", context={"planned_start_date": "2026-12-01"}, by=None)
        except DomainError as refusal:
            return refusal
        else:
            return None
        finally:
            transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize(("workflow", "status", "held_from"), PLACES)
def test_exactly_the_steps_of_the_table_are_taken(workflow, status, held_from):
    order = ready_order(workflow, status, held_from)

    refusals = {target: try_move(order, target) for target in OrderStatus.values}

    assert {target for target, refusal in refusals.items() if refusal is None} == expected_from(workflow, status, held_from)
    assert {type(refusal) for target, refusal in refusals.items() if refusal} <= {Conflict}
    assert Order.objects.get(pk=order.pk).status == status
    assert StatusTransition.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("workflow", "status", "held_from"), PLACES)
def test_what_is_offered_is_what_is_taken(workflow, status, held_from):
    order = ready_order(workflow, status, held_from)

    offered = {option.to_status for option in allowed_transitions(order, None) if option.allowed}

    assert offered == expected_from(workflow, status, held_from)


@pytest.mark.parametrize("workflow", OrderWorkflow)
def test_each_workflow_is_a_machine_of_its_own(workflow):
    arrows = {(arrow.source, arrow.target) for arrow in arrows_of(Order, Order.workflows[workflow])}

    table = {(source, target) for source, targets in TABLES[workflow].items() for target in targets.split()}
    held = {("on_hold", target) for source in ACTIVE_STATUSES[workflow] for target in expected_from(workflow, "on_hold", source)}
    assert arrows == table | held


def test_no_status_is_out_of_reach_and_none_a_trap():
    assert findings(Order) == []


@pytest.mark.usefixtures("policies")
def test_every_status_has_a_policy():
    assert statuses_without_policy(Order) == []


def test_the_statuses_of_a_table_are_those_of_the_workflow():
    assert {workflow: {*table, "on_hold"} for workflow, table in TABLES.items()} == {
        workflow: set(statuses) for workflow, statuses in STATUSES.items()
    }
