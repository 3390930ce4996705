"""The simulator speaks both dialects, and hears only what is signed."""

import json
from itertools import islice
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from django.core.exceptions import ValidationError

from apps.core import clock
from apps.core.api.serializers import shaped
from apps.partners.api.serializers import PartnerOrderIn
from apps.partners.mapping import Mapping, read_partner_order_id
from apps.partners.presets import PRESETS
from apps.partners.signing import new_webhook_secret, signed_headers, validate_webhook_secret
from apps.partners.simulator import Receiver, messages

BODY = json.dumps({"data": {"partner_order_id": "A-1", "status": "CONFIRMED"}})


@pytest.mark.parametrize("partner", ["groendus", "essent"])
def test_its_orders_can_all_be_read_and_have_their_own_numbers(partner):
    preset = PRESETS[partner]
    numbers = set()

    for message in islice(messages(partner, "T"), 30):
        number = read_partner_order_id(message, preset.partner_order_id_field)
        mapped = Mapping.compile(preset.field_mapping).apply(
            message, partner_order_id=number, id_expression=preset.partner_order_id_field
        )
        shaped(PartnerOrderIn, mapped.canonical)
        numbers.add(number)

    assert len(numbers) == 30


def call(receiver: Receiver, *, secret: str, body: str = BODY, webhook_id: str = "msg_1") -> None:
    headers = signed_headers(webhook_id=webhook_id, at=clock.now(), body=BODY, secrets=[secret])
    request = Request(receiver.url("zon"), data=body.encode(), headers=headers, method="POST")
    build_opener(ProxyHandler({})).open(request, timeout=5).close()


def test_a_message_with_our_signature_is_accepted_and_counts_once():
    secret = new_webhook_secret()
    with Receiver({"zon": secret}) as receiver:
        call(receiver, secret=secret)
        call(receiver, secret=secret)

    assert [received.problem for received in receiver.calls] == ["", ""]
    assert [received.data["status"] for received in receiver.accepted("A-1")] == ["CONFIRMED"]


@pytest.mark.parametrize(("secret", "body"), [("whsec_" + "A" * 43 + "=", BODY), ("", BODY.replace("CONFIRMED", "CANCELLED"))])
def test_another_signature_or_another_body_is_not(secret, body):
    ours = new_webhook_secret()
    with Receiver({"zon": ours}) as receiver, pytest.raises(OSError, match="401"):
        call(receiver, secret=secret or ours, body=body)

    assert [bool(received.problem) for received in receiver.calls] == [True]
    assert receiver.accepted() == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!", "whsec_QUJD", "A" * 44, "whsec_" + "A" * 100])
def test_a_secret_that_is_none_is_refused(secret):
    with pytest.raises(ValidationError) as refusal:
        validate_webhook_secret(secret)

    assert len(secret) < 10 or secret not in str(refusal.value)


def test_a_new_secret_is_one():
    validate_webhook_secret(new_webhook_secret())
