"""SMS and WhatsApp: what is sent, what is not and why, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.communication import services
from apps.communication.choices import ChannelType, DeliveryStatus, Purpose
from apps.communication.models import CommunicationMessage
from apps.communication.services import receive_message, set_preferences
from apps.core import clock
from apps.core.errors import Refused
from apps.core.records import ref_to
from apps.workflow.models import InternalTask
from tests.communication.text_messages import NUMBER
from tests.factories.communication import (
    CommunicationChannelFactory,
    CommunicationTemplateFactory,
    ContactPreferenceFactory,
    UndeliverableAddressFactory,
)
from tests.factories.organizations import ContactFactory
from tests.fakes.server import writing
from tests.reporting.worlds import placed_order

WORDS = "Beste Sanne de Wit, het gaat over CC-2026-00001."


def send_due() -> int:
    return services.send_due_messages(limit=100)


def refusal(line, channel="sms", **changes):
    kept = CommunicationMessage.objects.count()
    with pytest.raises(Refused) as caught:
        line.send(channel, **changes)
    assert CommunicationMessage.objects.count() == kept
    return caught.value


def trace(message):
    return [(entry.kind, entry.succeeded) for entry in message.attempts.all()]


def test_an_sms_is_bare_words_to_the_mobile_phone(line):
    message = line.send()

    assert (message.recipient, message.sender, message.subject, message.html) == (NUMBER, "ChargeCars", "", "")
    assert (message.text, message.part_count) == (WORDS, 1)
    assert send_due() == 1
    message.refresh_from_db()
    (kept,) = line.provider.texts
    assert (message.delivery_status, message.provider_message_id) == (DeliveryStatus.SENT, kept["id"])
    assert (kept["body"], kept["reference"], kept["datacoding"]) == (WORDS, message.pk.hex, "plain")
    assert trace(message) == [("tried", True)]


@pytest.mark.parametrize(
    ("numbers", "code", "field"),
    [
        ({"mobile": ""}, "address_missing", "mobile"),
        ({"mobile": "+31201234567"}, "number_invalid", "mobile"),
        ({"mobile": "", "phone": "+31881234567"}, "number_invalid", "phone"),
    ],
)
def test_a_number_that_reads_no_texts_is_named(line, numbers, code, field):
    found = refusal(line, recipient_contact=ContactFactory(**numbers))

    assert (found.code, found.extra["field"]) == (code, field)


def test_a_phone_that_is_mobile_will_do(line):
    contact = ContactFactory(mobile="+31201234567", phone="+31687654321")

    assert line.send(recipient_contact=contact).recipient == "+31687654321"


def test_an_sms_of_more_than_six_parts_is_refused(line):
    assert refusal(line, variables={"order_number": "x" * 900}).code == "message_too_long"


def test_without_an_account_nothing_goes_in_production(line, settings):
    settings.PRODUCTION = True
    line.sms.business_entity.messagebird_connection.delete()

    assert refusal(line).code == "channel_missing"


def test_whatsapp_goes_as_its_approved_template_and_as_text_once_the_customer_wrote(line):
    first = line.send("whatsapp")
    send_due()
    receive_message(channel=line.whatsapp, sender=NUMBER, text="Hoi", external_message_id="messagebird:1")
    line.provider.wrote_at[NUMBER.removeprefix("+")] = clock.now()
    line.send("whatsapp", variables={"order_number": "CC-2026-00002"})
    send_due()

    approved, free = line.provider.chats
    assert approved["content"]["hsm"]["params"] == [{"default": "Sanne"}, {"default": "CC-2026-00001"}]
    assert first.provider_template["name"] == "order"
    assert free["content"] == {"text": WORDS.replace("00001", "00002")}


def test_free_whatsapp_text_is_refused_by_us_outside_the_window(line, by_day):
    line.chat.provider_template = {}
    line.chat.save()

    assert refusal(line, "whatsapp").code == "whatsapp_window_closed"

    receive_message(channel=line.whatsapp, sender=NUMBER, text="Hoi", external_message_id="messagebird:1")
    message = line.send("whatsapp")
    by_day.shift(timedelta(hours=24))
    send_due()

    message.refresh_from_db()
    assert (message.delivery_status, line.provider.chats) == (DeliveryStatus.SUPPRESSED, [])
    assert trace(message) == [("refused", False)]
    assert "24 hours" in message.last_error


def test_what_somebody_does_not_want_is_refused_and_what_is_essential_is_sent(line):
    ContactPreferenceFactory(contact=line.sanne)

    assert refusal(line).code == "recipient_opted_out"

    line.text.purpose = Purpose.ESSENTIAL
    line.text.save()
    assert line.send().delivery_status == DeliveryStatus.PENDING


def test_news_needs_a_yes(line):
    line.text.purpose = Purpose.MARKETING
    line.text.save()

    assert refusal(line).code == "consent_missing"

    ContactPreferenceFactory(contact=line.sanne, purpose=Purpose.MARKETING, is_allowed=True)
    assert line.send().delivery_status == DeliveryStatus.PENDING


def test_what_is_essential_cannot_be_switched_off(line):
    with pytest.raises(Refused) as caught:
        set_preferences(contact=line.sanne, wishes={("sms", "essential"): False}, source="staff", by=None)

    assert caught.value.code == "essential_cannot_be_off"
    assert not line.sanne.preferences.exists()


def test_who_said_no_while_it_waited_does_not_get_it(line):
    message = line.send()
    ContactPreferenceFactory(contact=line.sanne)

    send_due()

    message.refresh_from_db()
    assert (message.delivery_status, line.provider.texts) == (DeliveryStatus.SUPPRESSED, [])
    assert not InternalTask.objects.exists()


def test_nothing_goes_to_a_number_at_which_nothing_arrives(line):
    mark = UndeliverableAddressFactory(contact=line.sanne, address=NUMBER)

    assert refusal(line).code == "address_undeliverable"

    services.mark_deliverable(undeliverableaddress=mark, by=None)
    assert line.send().delivery_status == DeliveryStatus.PENDING


def test_the_same_text_goes_once_a_day_and_two_of_a_kind_a_week(line, by_day):
    line.send()
    assert refusal(line).code == "message_repeated"
    line.send(variables={"order_number": "2"})
    assert refusal(line, variables={"order_number": "3"}).code == "weekly_limit_reached"
    send_due()

    by_day.shift(timedelta(days=7, minutes=1))

    assert line.send().delivery_status == DeliveryStatus.PENDING


def test_a_refusal_can_be_kept_so_that_all_can_see_why(line):
    ContactPreferenceFactory(contact=line.sanne)

    message = line.send(keep_refused=True)

    assert (message.delivery_status, message.next_attempt_at) == (DeliveryStatus.SUPPRESSED, None)
    assert message.last_error == "The recipient does not want such messages through this channel."
    assert trace(message) == [("suppressed", False)]
    assert send_due() == 0


def test_at_night_it_waits_for_the_morning(line, by_day):
    by_day.move_to(datetime(2026, 3, 28, 20, 30, tzinfo=UTC))  # 21:30, and in that night the clock goes forward

    message = line.send()

    assert message.next_attempt_at == datetime(2026, 3, 29, 6, 0, tzinfo=UTC)  # 08:00 in summer time
    assert trace(message) == [("deferred", False)]
    assert send_due() == 0
    by_day.move_to(datetime(2026, 3, 29, 6, 0, tzinfo=UTC))
    assert send_due() == 1


def test_what_is_urgent_goes_at_night(line, by_day):
    by_day.move_to(datetime(2026, 3, 4, 23, 0, tzinfo=UTC))
    line.text.is_urgent = True
    line.text.save()

    line.send()

    assert send_due() == 1


def test_a_message_whose_hour_passed_while_it_was_tried_again_waits_too(line, by_day):
    by_day.move_to(datetime(2026, 3, 4, 18, 59, 59, tzinfo=UTC))
    line.provider.faults.append(writing(503))
    message = line.send()
    assert send_due() == 1

    by_day.shift(timedelta(minutes=5))

    assert send_due() == 0
    message.refresh_from_db()
    assert (message.delivery_status, message.attempt_count) == (DeliveryStatus.PENDING, 1)
    assert message.next_attempt_at == datetime(2026, 3, 5, 7, 0, tzinfo=UTC)
    assert trace(message) == [("tried", False), ("deferred", False)]


def test_what_is_no_longer_so_is_not_told(line):
    order = placed_order("chargecars")
    message = line.send(about=ref_to(order), business_entity=order.business_entity, only_in_status="scheduled", keep_refused=True)

    assert message.delivery_status == DeliveryStatus.SUPPRESSED
    assert "no longer so" in message.last_error
    still = line.send(about=ref_to(order), business_entity=order.business_entity, only_in_status=order.status)
    assert still.delivery_status == DeliveryStatus.PENDING


def test_an_sms_whose_worker_died_after_the_call_is_not_sent_again(line, by_day):
    line.send()
    (claimed,) = services.sending._claim(1)
    services.sending.call_for(claimed)()  # and then the worker dies

    by_day.shift(timedelta(minutes=6))
    assert send_due() == 1

    message = CommunicationMessage.objects.get()
    assert (message.delivery_status, message.provider_message_id) == (DeliveryStatus.SENT, line.provider.texts[0]["id"])
    assert len(line.provider.texts) == 1


def test_what_a_channel_cannot_deliver_goes_through_the_one_that_stands_in(line):
    line.sms.fallback_channel = CommunicationChannelFactory(is_primary=True)
    line.sms.save()
    line.provider.faults.append(writing(422))

    first = line.send()
    send_due()

    second = CommunicationMessage.objects.get(resent_from=first)
    first.refresh_from_db()
    assert (first.delivery_status, second.channel_type) == (DeliveryStatus.FAILED, ChannelType.EMAIL)
    assert second.recipient == line.sanne.email
    assert WORDS in second.text
    assert not InternalTask.objects.exists()


def test_a_letter_of_news_can_be_unsubscribed_from_in_the_mail_program(line, mailoutbox):
    CommunicationChannelFactory(is_primary=True)
    news = CommunicationTemplateFactory(purpose=Purpose.MARKETING)
    ContactPreferenceFactory(contact=line.sanne, channel_type="email", purpose=Purpose.MARKETING, is_allowed=True)

    line.send("email", template_code=news.template_code)
    send_due()

    (letter,) = mailoutbox
    assert letter.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/" in letter.extra_headers["List-Unsubscribe"]


def test_a_value_that_only_the_approved_template_needs_is_missed_by_name(line):
    line.chat.provider_template = {**line.chat.provider_template, "parameters": ["first_name", "planned_date"]}
    line.chat.save()

    refused = refusal(line, "whatsapp")

    assert (refused.code, refused.extra["missing"]) == ("template_variable_missing", ["planned_date"])
