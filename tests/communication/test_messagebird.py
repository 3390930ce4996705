"""Our client of MessageBird, against its specification on loopback."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.communication.clients.messagebird import ApprovedTemplate, MessageBird, OutgoingSms, OutgoingWhatsApp, ProviderBusy
from apps.core.outbound import FinalError, RetryableError
from tests.fakes.messagebird import CHANNEL_ID, FakeMessageBird
from tests.fakes.server import SILENCE, writing

TEMPLATE = ApprovedTemplate(name="afspraak", namespace="cc_1", language="nl", values=["Sanne", "4 maart"])


@pytest.fixture
def provider():
    with_it = FakeMessageBird().start()
    yield with_it
    with_it.stop()


def client(provider, **changes):
    call = {"rest_url": provider.origin, "conversations_url": provider.conversations, "access_key": provider.access_key}
    return MessageBird(**{**call, **changes})


def sms(**changes):
    call = {
        "originator": "ChargeCars",
        "recipient": "+31612345678",
        "body": "Tot morgen",
        "reference": "r1",
        "is_unicode": False,
        "report_url": "https://cc.example.nl/hooks/messagebird",
    }
    return OutgoingSms(**{**call, **changes})


def chat(**changes):
    call = {
        "channel_id": CHANNEL_ID,
        "recipient": "+31612345678",
        "text": "Tot morgen",
        "template": None,
        "reference": "r1",
        "report_url": "https://cc.example.nl/hooks/messagebird",
    }
    return OutgoingWhatsApp(**{**call, **changes})


def test_an_sms_goes_as_the_specification_has_it(provider):
    name = client(provider).send_sms(sms())

    (asked,) = provider.calls
    assert asked.headers["authorization"] == f"AccessKey {provider.access_key}"
    assert asked.json == {
        "originator": "ChargeCars",
        "recipients": ["31612345678"],
        "body": "Tot morgen",
        "reference": "r1",
        "reportUrl": "https://cc.example.nl/hooks/messagebird",
        "datacoding": "plain",
    }
    assert name == provider.texts[0]["id"]


def test_an_sms_that_was_taken_is_known_again_by_its_reference(provider):
    name = client(provider).send_sms(sms())
    since = datetime.now(tz=UTC) - timedelta(minutes=6)

    assert client(provider).find_sms(recipient="+31612345678", reference="r1", since=since) == name
    assert client(provider).find_sms(recipient="+31612345678", reference="r2", since=since) == ""


def test_a_whatsapp_message_outside_the_window_goes_as_an_approved_template(provider):
    with pytest.raises(FinalError, match="24-hour"):
        client(provider).send_whatsapp(chat())

    client(provider).send_whatsapp(chat(template=TEMPLATE))
    provider.wrote_at["31612345678"] = datetime.now(tz=UTC)
    client(provider).send_whatsapp(chat())

    approved, free = provider.chats
    assert approved["content"]["hsm"] == {
        "namespace": "cc_1",
        "templateName": "afspraak",
        "language": {"policy": "deterministic", "code": "nl"},
        "params": [{"default": "Sanne"}, {"default": "4 maart"}],
    }
    assert (free["type"], free["content"], free["source"]) == ("text", {"text": "Tot morgen"}, {"reference": "r1"})


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"originator": "LangeAfzender"}, "http_422"), ({"reference": ""}, "http_422"), ({"body": ""}, "http_422")],
)
def test_what_messagebird_will_never_take_is_final(provider, changes, code):
    with pytest.raises(FinalError) as caught:
        client(provider).send_sms(sms(**changes))

    assert caught.value.code == code
    assert provider.texts == []


def test_a_wrong_key_is_final_and_stands_in_no_text(provider):
    with pytest.raises(FinalError, match="incorrect access_key") as caught:
        client(provider, access_key="wrong_key_of_ours").send_sms(sms())

    assert caught.value.code == "http_401"
    assert "wrong_key_of_ours" not in f"{caught.value} {client(provider, access_key='wrong_key_of_ours')!r}"


@pytest.mark.parametrize(("status", "retry"), [(500, None), (503, None), (429, timedelta(seconds=7)), (408, None)])
def test_what_passes_is_tried_again_no_sooner_than_asked(provider, status, retry):
    provider.faults.append(writing(status, **({"Retry-After": "7"} if retry else {})))

    with pytest.raises(ProviderBusy) as caught:
        client(provider).send_sms(sms())

    assert caught.value.retry_after == retry


def test_no_answer_at_all_may_be_tried_again(provider):
    provider.faults.append(lambda asked: SILENCE)

    with pytest.raises(RetryableError):
        client(provider).send_sms(sms())
