"""Handing messages over: the ladder, the lease, and one letter however often it is tried."""

from datetime import timedelta

import pytest
import time_machine
from django.core import mail

from apps.communication import services
from apps.communication.choices import DeliveryStatus
from apps.communication.clients import mailbox
from apps.communication.models import CommunicationMessage, MessageAttempt
from apps.core import clock
from apps.core.errors import Refused
from apps.core.retries import MAX_ATTEMPTS
from apps.events.models import OutboxEvent
from apps.workflow.models import InternalTask
from tests.factories.communication import (
    CommunicationChannelFactory,
    CommunicationMessageFactory,
    CommunicationTemplateFactory,
)
from tests.factories.organizations import ContactFactory

UNREACHABLE = "tests.communication.backends.Unreachable"
REFUSING = "tests.communication.backends.Refusing"


def send_due() -> int:
    return services.send_due_messages(limit=100)


@pytest.mark.django_db
def test_a_due_message_is_sent_once(settings):
    message = CommunicationMessageFactory(html="<p>Beste Sanne</p>")

    assert (send_due(), send_due()) == (1, 0)

    message.refresh_from_db()
    assert message.delivery_status == DeliveryStatus.SENT
    assert message.sent_at is not None
    (letter,) = mail.outbox
    assert letter.to == [message.recipient]
    assert letter.extra_headers["Message-ID"] == message.external_message_id
    assert [event.name for event in OutboxEvent.objects.filter(name__startswith="communication")] == [
        "communication.message_sent"
    ]


@pytest.mark.django_db
def test_a_suppressed_message_never_leaves():
    CommunicationMessageFactory(delivery_status=DeliveryStatus.SUPPRESSED, next_attempt_at=None)

    assert send_due() == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_provider_that_is_down_is_tried_again_up_the_ladder_and_then_a_person_is_told(settings):
    settings.EMAIL_BACKEND = UNREACHABLE
    message = CommunicationMessageFactory()

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(MAX_ATTEMPTS):
            assert send_due() == 1
            assert send_due() == 0  # not before its moment
            traveller.shift(timedelta(hours=30))
        assert send_due() == 0

    message.refresh_from_db()
    assert message.delivery_status == DeliveryStatus.FAILED
    assert message.attempt_count == MessageAttempt.objects.count() == MAX_ATTEMPTS
    assert "not at home" in message.last_error
    assert InternalTask.objects.count() == 1


@pytest.mark.django_db
def test_an_address_that_is_refused_is_not_tried_again(settings):
    settings.EMAIL_BACKEND = REFUSING
    message = CommunicationMessageFactory()

    assert (send_due(), send_due()) == (1, 0)

    message.refresh_from_db()
    assert message.delivery_status == DeliveryStatus.FAILED
    assert OutboxEvent.objects.filter(name="communication.message_failed").count() == 1


@pytest.mark.django_db
def test_who_has_left_meanwhile_is_not_written_to():
    message = CommunicationMessageFactory()
    message.recipient_contact.is_active = False
    message.recipient_contact.save()

    send_due()

    message.refresh_from_db()
    assert (message.delivery_status, mail.outbox) == (DeliveryStatus.SUPPRESSED, [])
    assert [(line.kind, line.succeeded) for line in message.attempts.all()] == [("refused", False)]


@pytest.mark.django_db
def test_a_message_whose_worker_died_is_sent_when_its_lease_runs_out(data_dir, settings):
    settings.EMAIL_BACKEND = "apps.communication.clients.mailbox.MailboxBackend"
    message = CommunicationMessageFactory()

    with time_machine.travel(clock.now(), tick=False) as traveller:
        (claimed,) = services.sending._claim(1)
        services.sending.call_for(claimed)()  # and then the worker dies, before it recorded anything
        assert send_due() == 0
        traveller.shift(timedelta(minutes=6))
        assert send_due() == 1

    message.refresh_from_db()
    assert (message.delivery_status, message.attempt_count) == (DeliveryStatus.SENT, 2)
    assert len(mailbox.newest(10)) == 1  # the same letter, not a second one


@pytest.mark.django_db
def test_a_message_that_kills_its_worker_each_time_fails_in_the_end(settings):
    message = CommunicationMessageFactory()

    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(MAX_ATTEMPTS):
            assert services.sending._claim(1)  # and then the worker dies
            traveller.shift(timedelta(minutes=6))
        assert send_due() == 1
        assert send_due() == 0

    message.refresh_from_db()
    assert (message.delivery_status, mail.outbox) == (DeliveryStatus.FAILED, [])
    assert InternalTask.objects.count() == 1


@pytest.mark.django_db
def test_no_message_is_begun_when_time_is_up():
    CommunicationMessageFactory()

    assert services.send_due_messages(limit=100, seconds=0) == 0
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_failed_message_goes_back_in_line_and_a_sent_one_goes_out_as_a_copy():
    failed = CommunicationMessageFactory(delivery_status=DeliveryStatus.FAILED, next_attempt_at=None, attempt_count=11)
    sent = CommunicationMessageFactory(delivery_status=DeliveryStatus.SENT, next_attempt_at=None)

    assert services.resend_message(communicationmessage=failed, by=None) == failed
    copy = services.resend_message(communicationmessage=sent, by=None)

    assert copy != sent
    assert (copy.resent_from, copy.text) == (sent, sent.text)
    assert copy.external_message_id != sent.external_message_id
    assert send_due() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "code"),
    [(DeliveryStatus.SUPPRESSED, "message_suppressed"), (DeliveryStatus.PENDING, "message_not_sent_yet")],
)
def test_what_stays_inside_or_is_on_its_way_is_not_sent_again(status, code):
    message = CommunicationMessageFactory(delivery_status=status)

    with pytest.raises(Refused) as caught:
        services.resend_message(communicationmessage=message, by=None)

    assert caught.value.code == code
    assert CommunicationMessage.objects.count() == 1


def test_many_workers_send_each_message_once(real_commits, together):
    for _ in range(20):
        CommunicationMessageFactory()

    together([send_due] * 8)

    assert MessageAttempt.objects.count() == 20
    assert CommunicationMessage.objects.filter(delivery_status=DeliveryStatus.SENT).count() == 20


def test_one_key_at_once_makes_one_message(real_commits, together):
    CommunicationChannelFactory(is_primary=True)
    template, contact = CommunicationTemplateFactory(), ContactFactory()

    def send():
        return services.send_notification(
            template_code=template.template_code,
            recipient_contact=contact,
            variables={"order_number": "1"},
            dedupe_key="once",
        ).pk

    assert len(set(together([send] * 16))) == 1
    assert CommunicationMessage.objects.count() == 1


@pytest.mark.django_db
def test_one_that_nobody_foresaw_does_its_neighbours_no_harm(settings):
    settings.EMAIL_BACKEND = "tests.communication.backends.BreakingForOne"
    broken = CommunicationMessageFactory(recipient="broken@example.nl")
    CommunicationMessageFactory.create_batch(3)

    with pytest.raises(ZeroDivisionError):
        send_due()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    send_due()

    standing = dict(CommunicationMessage.objects.values_list("pk", "delivery_status"))
    assert standing.pop(broken.pk) == DeliveryStatus.SENDING
    assert set(standing.values()) == {DeliveryStatus.SENT}
    assert len(mail.outbox) == 3
