"""What MessageBird tells us: believed only when signed, and only upwards."""

import pytest

from apps.communication import services
from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage, UndeliverableAddress
from apps.core import clock
from apps.events.models import OutboxEvent
from apps.gateway.models import InboundHook, SeenToken
from apps.workflow.models import InternalTask
from tests.communication.text_messages import NUMBER


@pytest.fixture
def sent(line):
    message = line.send()
    services.send_due_messages(limit=10)
    message.refresh_from_db()
    return message


def state_of(message):
    message.refresh_from_db()
    return message.delivery_status


def test_a_signed_report_says_that_it_arrived(line, sent, client):
    (text,) = line.provider.texts

    assert line.reports(client, line.provider.report(text, "delivered")).status_code == 200

    assert state_of(sent) == DeliveryStatus.DELIVERED
    assert sent.delivered_at == clock.now()
    hook = InboundHook.objects.get()
    assert (hook.source, hook.names, hook.is_known) == ("messagebird", text["id"], True)


@pytest.mark.parametrize(
    ("told", "stands"),
    [
        (["delivered", "sent", "buffered"], DeliveryStatus.DELIVERED),
        (["delivered", "delivery_failed"], DeliveryStatus.DELIVERED),
        (["delivery_failed", "delivered"], DeliveryStatus.DELIVERED),
        (["expired"], DeliveryStatus.BOUNCED),
        (["read", "delivered"], DeliveryStatus.READ),
        (["something_new"], DeliveryStatus.SENT),
    ],
)
def test_a_state_only_goes_up(line, sent, client, told, stands):
    (text,) = line.provider.texts

    for state in told:
        assert line.reports(client, line.provider.report(text, state)).status_code == 200

    assert state_of(sent) == stands


def test_a_doubled_report_is_told_once(line, sent, client):
    (text,) = line.provider.texts

    for _ in range(2):
        line.reports(client, line.provider.report(text, "delivered"))

    assert sent.attempts.filter(kind="state").count() == 1


def test_a_number_that_does_not_exist_is_marked_and_a_person_is_told(line, sent, client):
    (text,) = line.provider.texts

    line.reports(client, line.provider.report(text, "delivery_failed", statusReason="unknown subscriber", statusErrorCode="1"))

    assert state_of(sent) == DeliveryStatus.BOUNCED
    mark = UndeliverableAddress.objects.get()
    assert (mark.contact, mark.channel_type, mark.address, mark.is_active) == (line.sanne, "sms", NUMBER, True)
    assert "unknown subscriber" in mark.reason
    assert InternalTask.objects.count() == 1
    assert OutboxEvent.objects.filter(name="communication.message_failed").count() == 1


def test_a_phone_that_was_off_is_told_and_not_marked(line, sent, client):
    line.reports(client, line.provider.report(line.provider.texts[0], "expired"))

    assert not UndeliverableAddress.objects.exists()
    assert InternalTask.objects.count() == 1


def test_a_report_that_comes_before_we_wrote_down_that_it_was_sent_counts(line, client):
    line.send()
    (claimed,) = services.sending._claim(1)
    outcome = services.sending.call_for(claimed)()
    line.reports(client, line.provider.report(line.provider.texts[0], "delivered"))

    services.sending._record([(claimed, outcome)])

    assert CommunicationMessage.objects.get().delivery_status == DeliveryStatus.DELIVERED


@pytest.mark.parametrize(
    "claims",
    [
        {"algorithm": "HS512"},
        {"key": "another_key_altogether_that_is_as_long_as_one_of_messagebird_is"},
        {"iss": "Somebody"},
        {"iss": None},
        {"exp": 1},
        {"exp": None},
        {"nbf": 99_999_999_999},
        {"nbf": None},
        {"url_hash": "0" * 64},
        {"url_hash": None},
        {"payload_hash": "0" * 64},
        {"jti": None},
        {"jti": "x" * 201},
    ],
    ids=str,
)
def test_what_is_not_signed_for_this_very_call_is_refused_and_kept(line, sent, client, claims):
    answer = line.reports(client, line.provider.report(line.provider.texts[0], "delivered"), **claims)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed")
    assert state_of(sent) == DeliveryStatus.SENT
    assert InboundHook.objects.filter(is_known=False).count() == 1
    assert not SeenToken.objects.exists()


@pytest.mark.parametrize("token", [None, "", "é", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 10_000])
def test_no_token_or_none_at_all_is_the_same_refusal(line, sent, client, token):
    headers = {} if token is None else {"MessageBird-Signature-JWT": token}

    answer = client.get("/hooks/messagebird?status=delivered", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_signed")


def test_a_call_that_was_seen_is_refused_the_second_time(line, sent, client):
    query = line.provider.report(line.provider.texts[0], "delivered")

    assert line.reports(client, query, jti="once").status_code == 200
    assert line.reports(client, query, jti="once").status_code == 401


def test_another_body_than_the_signed_one_is_refused(line, client):
    event = line.provider.event("message.created", direction="received", type="text", content={"text": "Hoi"}, **{"from": NUMBER})

    assert line.tells(client, event, payload_hash="0" * 64).status_code == 401
    assert line.tells(client, event, payload_hash=None).status_code == 401
    assert not CommunicationMessage.objects.exists()


def test_what_a_customer_writes_comes_in_once(line, client):
    event = line.provider.event("message.created", direction="received", type="text", content={"text": "Hoi"}, **{"from": NUMBER})

    for _ in range(2):
        assert line.tells(client, event).status_code == 200

    message = CommunicationMessage.objects.get()
    assert (message.sender, message.text, message.recipient_contact) == (NUMBER, "Hoi", line.sanne)
    assert message.channel == line.whatsapp


@pytest.mark.parametrize(
    "changes",
    [{"channelId": "another"}, {"from": ""}, {"from": None}, {"id": None}, {"content": None}, {"createdDatetime": "gisteren"}],
    ids=str,
)
def test_what_is_not_whole_breaks_nothing(line, client, changes):
    event = line.provider.event("message.created", direction="received", type="image", content={"text": "x"}, **{"from": NUMBER})

    assert line.tells(client, {**event, "message": event["message"] | changes}).status_code == 200


@pytest.mark.parametrize("event", [[], {}, {"message": "x"}, {"type": "conversation.created", "message": None}])
def test_events_that_are_not_about_a_message_are_let_be(line, client, event):
    assert line.tells(client, event).status_code == 200


def test_a_chat_is_known_by_either_name(line, client):
    message = line.send("whatsapp")
    services.send_due_messages(limit=10)
    (chat,) = line.provider.chats

    line.tells(client, line.provider.event("message.updated", id=chat["id"], direction="sent", status="delivered"))
    assert state_of(message) == DeliveryStatus.DELIVERED
    line.tells(client, line.provider.event("message.updated", status="read", source={"reference": message.pk.hex}))
    assert state_of(message) == DeliveryStatus.READ


def test_a_failure_that_is_told_before_we_wrote_down_that_it_was_sent_keeps_its_reason(line, client):
    line.send()
    (claimed,) = services.sending._claim(1)
    outcome = services.sending.call_for(claimed)()
    line.reports(client, line.provider.report(line.provider.texts[0], "delivery_failed", statusReason="unknown subscriber"))

    services.sending._record([(claimed, outcome)])

    message = CommunicationMessage.objects.get()
    assert message.delivery_status == DeliveryStatus.BOUNCED
    assert "unknown subscriber" in message.last_error


def test_halves_of_signs_are_kept_as_signs_that_cannot_be_read(line, client):
    said = {"direction": "received", "type": "text", "content": {"text": "Hoi \ud83d"}, "from": NUMBER, "id": "m\ud8001"}

    assert line.tells(client, line.provider.event("message.created", **said)).status_code == 200

    assert CommunicationMessage.objects.get().text == "Hoi \ufffd"
