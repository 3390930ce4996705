"""Two at once, each in a transaction of their own."""

import threading
import time
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction

from apps.support.models import TicketPromise
from apps.support.services import TicketData, add_comment, create_ticket
from apps.workflow.choices import Stage
from apps.workflow.services.stages import advance
from tests.factories.organizations import BusinessEntityFactory, ContactFactory
from tests.orders.conftest import load, user_with
from tests.support.conftest import MONDAY

LATE = MONDAY + timedelta(hours=80)

pytestmark = pytest.mark.usefixtures("real_commits")


def test_a_stage_that_is_reached_while_somebody_answers_stays_reached(together):
    entity = BusinessEntityFactory()
    load("050_status_policies.json")
    load("055_support.json")
    agent = user_with("support.tickets", models=("view_ticket", "change_ticket"), entity=entity)
    data = TicketData(business_entity=entity, contact=ContactFactory(), subject="Vraag", description="Wanneer komen jullie?")
    with time_machine.travel(MONDAY, tick=False):
        ticket = create_ticket(data=data, by=None)
    moved = threading.Event()

    def watch():
        with transaction.atomic():
            advance(TicketPromise.objects.all(), LATE)
            moved.set()
            time.sleep(0.5)  # until the answer has come to the rows, and waits for them

    def answer():
        moved.wait(10)
        add_comment(ticket=ticket, content="Dat zoek ik uit.", by=agent)

    with time_machine.travel(LATE, tick=False):
        results = together([watch, answer])

    assert results == [None, None]
    assert dict(TicketPromise.objects.values_list("kind", "stage")) == {
        "first_response": Stage.ESCALATED,
        "resolution": Stage.BREACHED,
    }
