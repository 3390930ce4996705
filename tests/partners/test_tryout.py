"""A message is tried: all that would come of it is shown, by the very code that takes messages in, and nothing is kept."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from apps.partners.models import PartnerIntegration
from tests.factories.partners import SECRET
from tests.partners.conftest import partner_with_key, sample
from tests.partners.desk import message, trial_of
from tests.partners.rows import everything

pytestmark = pytest.mark.django_db

# Nothing is kept


@pytest.mark.parametrize("name", ["01-installation", "02-lead-without-products", "03-unknown-product"])
def test_an_order_that_would_be_taken_in_leaves_no_trace(attempt, name):
    before = everything()

    trial = trial_of(attempt(sample(f"groendus/{name}.json")))

    assert trial.error is None
    assert trial.answer["status"] == "received"
    assert everything() == before


def test_a_message_that_is_refused_leaves_no_trace(attempt):
    before = everything()

    answer = attempt({"order": {"reference": "GRO-1"}})

    assert answer.context["status"] == 400
    assert everything() == before


def test_no_number_is_used(attempt, groendus):
    first, second = trial_of(attempt(message())), trial_of(attempt(message()))

    order = partner_with_key(groendus).post(message()).json()

    assert first.order.order_number == second.order.order_number == order["order_number"]


def test_nobody_is_told(attempt, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        attempt(message())

    assert callbacks == []


# What is shown


def test_the_page_shows_the_order_the_message_would_make(attempt):
    answer = attempt(message())

    trial = trial_of(answer)
    assert answer.context["status"] == 201
    assert trial.is_new_customer is True
    assert [row["target"] for row in answer.context["fields"] if row["is_missing"]] == []
    assert [line.partner_sku for line in trial.lines] == [each["sku"] for each in message()["order"]["products"]]


def test_each_field_is_shown_with_the_expression_that_gave_it(attempt):
    answer = attempt(message())

    fields = {row["target"]: row for row in answer.context["fields"]}
    assert fields["customer.email"]["source"] == "order.customer.emailAddress"
    assert fields["customer.email"]["value"] == message()["order"]["customer"]["emailAddress"]
    assert fields["installation_preferences.notes"] == {
        "target": "installation_preferences.notes",
        "source": "",
        "value": "",
        "remark": "",
        "is_missing": False,
        "tone": "",
    }


def test_what_is_missing_is_named(attempt):
    payload = message()
    del payload["order"]["deliveryAddress"]["zipCode"]

    answer = attempt(payload)

    assert [row["target"] for row in answer.context["fields"] if row["is_missing"]] == ["customer.address.postal_code"]
    assert [(each["pointer"], each["code"]) for each in answer.context["problems"]] == [
        ("/customer/address/postal_code", "required")
    ]


def test_unknown_articles_and_unread_fields_are_named(attempt):
    payload = sample("groendus/03-unknown-product.json") | {"loyaltyCard": "12"}

    answer = attempt(payload)

    assert any(line["is_unknown"] for line in answer.context["lines"])
    assert trial_of(answer).remarks != ""
    assert "loyaltyCard" in trial_of(answer).unmapped


def test_a_number_that_was_sent_before_is_recognised_and_linked(attempt, groendus):
    placed = partner_with_key(groendus).post(message()).json()
    payload = message()
    payload["order"]["purchaseOrder"] = "another"
    before = everything()

    answer = attempt(payload)

    trial = trial_of(answer)
    assert (answer.context["status"], trial.is_repeat, trial.order) == (200, True, None)
    assert trial.answer == placed
    assert [each["pointer"] for each in trial.differences] == ["/order/purchaseOrder"]
    assert placed["order_number"] in answer.content.decode()
    assert everything() == before


def test_a_known_customer_is_told_from_a_new_one(attempt, groendus):
    partner_with_key(groendus).post(message())
    again = message()
    again["order"]["reference"] = "GRO-ANOTHER"

    assert trial_of(attempt(again)).is_new_customer is False


def test_the_sample_webhook_is_signed_with_the_integrations_secret(attempt):
    webhook = trial_of(attempt(message())).webhook

    said = Webhook(SECRET).verify(webhook.body, webhook.headers)

    assert said["type"] == "order.status_changed"
    assert said["data"]["partner_order_id"] == message()["order"]["reference"]
    assert said["data"]["status"] == "INTAKE_PENDING"


def test_the_page_never_shows_the_secret(attempt):
    assert SECRET not in attempt(message()).content.decode()


def answer_of_api(integration: PartnerIntegration, payload: dict[str, Any]) -> tuple[int, Any]:
    """What the API answers, without what differs from request to request."""
    response = partner_with_key(integration).post(payload)
    return response.status_code, {
        name: value for name, value in response.json().items() if name not in ("request_id", "order_id")
    }


SPOILT = [
    lambda order: order["customer"].update(emailAddress="nobody"),
    lambda order: order["customer"].update(emailAddress=5),
    lambda order: order["deliveryAddress"].update(zipCode="99"),
    lambda order: order["products"][0].update(amount=-1),
    lambda order: order["products"][0].update(netPrice=10**15),
    lambda order: order["totals"].update(net="1.00"),
    lambda order: order["appointment"].update(dayPart="NIGHT"),
    lambda order: order.update(reference=""),
    lambda order: order.update(products=[]),
    lambda order: order.clear(),
]


@pytest.mark.parametrize("spoil", SPOILT, ids=range(len(SPOILT)))
def test_the_answer_is_the_one_that_the_api_gives(attempt, groendus, spoil):
    payload = message()
    spoil(payload["order"])

    tried = attempt(payload)

    answer = json.loads(tried.context["answer"])
    told = {name: value for name, value in answer.items() if name not in ("request_id", "order_id")}
    assert (tried.context["status"], told) == answer_of_api(groendus, payload)


leaves = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.decimals(allow_nan=False, allow_infinity=False).map(str)
)
values = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3))


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.sampled_from(["customer", "deliveryAddress", "products", "appointment", "totals", "reference"]), value=values)
def test_whatever_is_pasted_the_page_answers(attempt, place, value):
    payload = message()
    payload["order"][place] = value

    assert attempt(payload).status_code == 200
