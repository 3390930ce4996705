"""Which words, from which mailbox, in which conversation, and how often."""

from uuid import uuid4

import pytest

from apps.communication.choices import ChannelCode, DeliveryStatus
from apps.communication.models import CommunicationMessage, CommunicationThread
from apps.communication.phones import readable_phone
from apps.communication.services import send_notification, send_test
from apps.core.errors import Refused
from apps.core.records import RecordRef
from tests.factories.communication import CommunicationChannelFactory, CommunicationTemplateFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailbox():
    return CommunicationChannelFactory(is_primary=True)


@pytest.fixture
def template(mailbox):
    return CommunicationTemplateFactory()


def send(template, contact=None, **changes):
    call = {
        "template_code": template.template_code,
        "recipient_contact": contact or ContactFactory(),
        "variables": {"order_number": "CC-2026-00001"},
    }
    return send_notification(**{**call, **changes})


def refusal(template, contact=None, **changes):
    with pytest.raises(Refused) as caught:
        send(template, contact, **changes)
    assert not CommunicationMessage.objects.exists()
    return caught.value.code


def test_a_message_is_worded_at_once_and_waits_to_be_sent(template, mailbox):
    contact = ContactFactory()

    message = send(template, contact)

    assert message.subject == "Order CC-2026-00001"
    assert message.text.startswith("Beste Sanne de Wit, het gaat over CC-2026-00001.")
    assert message.recipient == contact.email
    assert message.sender == "ChargeCars <support@chargecars.example.nl>"
    assert message.delivery_status == DeliveryStatus.PENDING
    assert message.external_message_id == f"<{message.pk}@chargecars.example.nl>"
    assert (message.template, message.template_version) == (template, 1)


def test_a_letter_carries_the_colours_and_the_legal_lines_of_its_company(template):
    entity = BusinessEntityFactory()
    entity.branding_config = {"primary_color": "#123456"}
    entity.save()

    message = send(template)

    assert "#123456" in message.html
    for part in (message.text, message.html):
        assert entity.legal_name in part
        assert entity.kvk_number in part
        assert entity.btw_number in part


@pytest.mark.parametrize(
    ("number", "language", "read"),
    [
        ("+31851306433", "nl", "085 130 6433"),
        ("+31851306433", "en", "+31 85 130 6433"),
        ("+3225551234", "nl", "+32 2 555 12 34"),
        ("", "nl", ""),
    ],
)
def test_phone_numbers_are_written_as_their_reader_dials_them(number, language, read):
    assert readable_phone(number, language=language) == read


def test_values_of_others_cannot_bring_markup_into_the_letter(template):
    message = send(template, variables={"order_number": "<script>alert(1)</script>"})

    assert "<script>" not in message.html
    assert "&lt;script&gt;" in message.html


def test_the_same_key_gives_the_same_message(template):
    contact = ContactFactory()

    first = send(template, contact, dedupe_key="order:1:confirmation")
    second = send(template, contact, dedupe_key="order:1:confirmation")

    assert second == first
    assert CommunicationMessage.objects.count() == 1


def test_messages_to_one_person_about_one_record_stand_in_one_conversation(template):
    contact, about = ContactFactory(), RecordRef(entity_type="internal_task", entity_id=uuid4())

    first, second = send(template, contact, about=about), send(template, contact, about=about)
    other = send(template, contact, about=None)

    assert first.thread == second.thread != other.thread
    assert first.thread.about == about
    assert CommunicationThread.objects.count() == 2


def test_the_readers_language_is_preferred_and_the_companys_own_words_within_it(mailbox):
    code, entity = "greeting", BusinessEntityFactory()
    group_nl = CommunicationTemplateFactory(template_code=code, language="nl")
    group_en = CommunicationTemplateFactory(template_code=code, language="en")
    own_nl = CommunicationTemplateFactory(template_code=code, language="nl", business_entity=entity)

    dutch = send(group_nl, ContactFactory(language="nl"))
    english = send(group_nl, ContactFactory(language="en"))

    assert (dutch.template, english.template) == (own_nl, group_en)


def test_words_in_another_language_are_better_than_none(mailbox):
    template = CommunicationTemplateFactory(language="nl")

    assert send(template, ContactFactory(language="en")).template == template


def test_words_of_another_company_are_not_used(mailbox):
    template = CommunicationTemplateFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))

    assert refusal(template) == "template_unknown"


def test_it_is_sent_from_the_mailbox_for_its_purpose_else_from_the_primary_one(mailbox):
    sales = CommunicationChannelFactory(channel_code=ChannelCode.SALES)
    about_sales = CommunicationTemplateFactory(channel_code=ChannelCode.SALES)
    about_planning = CommunicationTemplateFactory(channel_code=ChannelCode.OPERATIONS)

    assert send(about_sales).channel == sales
    assert send(about_planning).channel == mailbox


def test_a_partner_of_the_whole_group_is_written_to_in_the_name_that_is_given(template):
    contact = ContactFactory(organization=OrganizationFactory(partner=True), email="orders@zonnestroom.example.nl")

    assert refusal(template, contact) == "business_entity_missing"
    assert send(template, contact, business_entity=BusinessEntityFactory()).recipient == contact.email


def test_what_cannot_be_sent_is_refused(template):
    assert refusal(template, ContactFactory(email="")) == "address_missing"
    assert refusal(template, ContactFactory(is_active=False)) == "contact_inactive"
    assert refusal(template, channel="phone_call") == "channel_not_available"
    assert refusal(template, channel="whatsapp") == "address_missing"
    assert refusal(template, variables={}) == "template_variable_missing"
    assert refusal(template, variables={"order_number": "1", "total": "2"}) == "template_variable_unknown"
    assert refusal(template, variables={"order_number": 1}) == "template_variable_invalid"
    assert refusal(template, template_code="unheard_of") == "template_unknown"


def test_a_switched_off_template_or_mailbox_is_not_used(template, mailbox):
    mailbox.is_active = False
    mailbox.save()
    assert refusal(template) == "channel_missing"

    template.is_active = False
    template.save()
    assert refusal(template) == "template_unknown"


def test_a_template_can_be_tried_with_sample_values(template):
    message = send_test(communicationtemplate=template, recipient_contact=ContactFactory(), by=None)

    assert "[order_number]" in message.text
