"""Five partners, five dialects: whatever stands in one of their messages, the answer is an order or a refusal, never a failure."""

import json
from typing import Any

import pytest

from apps.orders.models import Order
from apps.partners.presets import PRESETS
from tests.doors.bodies import ABSENT, bad_values_of, changed, places
from tests.doors.test_bad_bodies import faults
from tests.doors.world import World, kept_connection, undone
from tests.partners.conftest import PAYLOADS
from tests.partners.test_dialects import partner_of

VALUES_OF_A_PLACE = 1  # the maps are one code, so that still each value is tried many times
SAMPLES = {preset: json.loads(min((PAYLOADS / preset).glob("*.json")).read_text()) for preset in PRESETS}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_bad_message_in_any_dialect_is_no_failure(world: World, preset: str) -> None:
    good = SAMPLES[preset]
    sent = [(f"the value {value}", json.dumps(value).encode()) for value in (None, True, 0, "x", [], [{}], {}, {"x": 1})]
    for number, place in enumerate(places(good)):
        wrong = [*((bad.name, bad.value) for bad in bad_values_of(number, VALUES_OF_A_PLACE)), ("nothing", ABSENT)]
        sent += [(f"{name} at {place}", json.dumps(changed(good, place, value)).encode()) for name, value in wrong]

    with undone():
        partner = partner_of(preset)
        partner.integration.rate_limit_config = {"requests_per_minute": 1_000_000}
        partner.integration.save()
        orders = Order.objects.count()
        found: dict[str, Any] = {}
        for name, raw in [("the message itself", json.dumps(good).encode()), *sent]:
            with undone(), kept_connection():
                answer = partner.post(raw)
                wrong_with_it = faults(answer, None)
                if Order.objects.count() - orders != (answer.status_code == 201):
                    wrong_with_it.append(f"{answer.status_code}, and {Order.objects.count() - orders} orders")
            if wrong_with_it or (name == "the message itself" and answer.status_code != 201):
                found[name] = wrong_with_it or answer.content

    assert found == {}
