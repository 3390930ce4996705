"""Whatever is wrong with a message: it is refused with a problem document that says what, and nothing of it stays."""

import json
from typing import Any

import pytest

from apps.gateway.models import RawInbound
from apps.orders.models import LineItem, Order
from apps.organizations.models import Address, Contact, NumberSequence, Organization
from apps.partners.models import PartnerMessage, PartnerOrderReference
from apps.workflow.models import InternalTask, StatusTransition
from tests.partners.bad_input import CASES, Case

pytestmark = pytest.mark.django_db

WRITTEN = (
    *(Order, LineItem, Organization, Contact, Address, PartnerOrderReference, PartnerMessage, StatusTransition, InternalTask),
)


def stored() -> dict[str, Any]:
    counts = {model.__name__: model.objects.count() for model in WRITTEN}
    return counts | {"numbers": list(NumberSequence.objects.order_by("pk").values_list("pk", "current_value"))}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name[:60])
def test_bad_input_is_refused_and_nothing_of_it_stays(case: Case, partner):
    before = stored()

    response = partner.post(case.body, **case.headers)

    problem = json.loads(response.content)
    assert (response.status_code, problem["code"]) == (case.status, case.code), problem
    assert response["Content-Type"] == "application/problem+json"
    assert problem["status"] == case.status
    assert {"type", "title", "detail", "request_id"} <= set(problem)
    if case.errors is not None:
        assert [(error["pointer"], error["code"]) for error in problem.get("errors", [])] == case.errors
    assert stored() == before
    assert RawInbound.objects.filter(error_code=case.code, response_status=case.status).count() == 1


def test_every_case_has_its_own_name():
    assert len({case.name for case in CASES}) == len(CASES)
