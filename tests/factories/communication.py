from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from apps.communication.choices import (
    ChannelCode,
    ChannelType,
    DeliveryStatus,
    Department,
    PreferenceSource,
    Purpose,
    TemplateCategory,
)
from apps.communication.models import (
    CommunicationChannel,
    CommunicationMessage,
    CommunicationTemplate,
    CommunicationThread,
    ContactPreference,
    MessageAttempt,
    MessageBirdConnection,
    MessageFile,
    NotificationPreference,
    Recipient,
    StaffMail,
    StaffMailImage,
    UndeliverableAddress,
    UserNotification,
)
from apps.core.clock import now
from tests.factories.accounts import UserFactory
from tests.factories.files import AttachmentFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory


class CommunicationChannelFactory(DjangoModelFactory):
    """The support mailbox of ChargeCars."""

    class Meta:
        model = CommunicationChannel
        django_get_or_create = ("business_entity", "channel_type", "channel_code")

    business_entity = factory.SubFactory(BusinessEntityFactory)
    channel_type = ChannelType.EMAIL
    channel_code = ChannelCode.SUPPORT
    channel_identifier = factory.LazyAttribute(lambda made: f"{made.channel_code}@{made.business_entity.entity_code}.example.nl")
    department = Department.CUSTOMER_SERVICE


class CommunicationTemplateFactory(DjangoModelFactory):
    """A Dutch e-mail of the group's, with one placeholder."""

    class Meta:
        model = CommunicationTemplate

    template_code = factory.Sequence(lambda n: f"greeting_{n}")
    template_name = "Groet"
    template_category = TemplateCategory.ORDER_STATUS
    subject_template = "Order {{ order_number }}"
    message_template = "Beste {{ customer_name }}, het gaat over {{ order_number }}."
    html_template = "<p>Beste {{ customer_name }}, het gaat over {{ order_number }}.</p>"
    variables = ["order_number"]


class CommunicationThreadFactory(DjangoModelFactory):
    class Meta:
        model = CommunicationThread

    business_entity = factory.SubFactory(BusinessEntityFactory)
    contact = factory.SubFactory(ContactFactory)
    thread_subject = "Order CC-2026-00001"
    last_message_at = factory.LazyFunction(now)


class CommunicationMessageFactory(DjangoModelFactory):
    """A message that is due."""

    class Meta:
        model = CommunicationMessage

    id = factory.LazyFunction(uuid4)
    thread = factory.SubFactory(CommunicationThreadFactory)
    channel = factory.SubFactory(CommunicationChannelFactory)
    channel_type = ChannelType.EMAIL
    sender = "ChargeCars <support@chargecars.example.nl>"
    recipient_contact = factory.SelfAttribute("thread.contact")
    recipient = factory.SelfAttribute("recipient_contact.email")
    subject = "Order CC-2026-00001"
    text = "Beste Sanne"
    language = "nl"
    external_message_id = factory.LazyAttribute(lambda made: made.channel.message_id_for(made.id))
    delivery_status = DeliveryStatus.PENDING
    next_attempt_at = factory.LazyFunction(now)


class MessageFileFactory(DjangoModelFactory):
    class Meta:
        model = MessageFile

    message = factory.SubFactory(CommunicationMessageFactory)
    attachment = factory.SubFactory(AttachmentFactory)


class MessageAttemptFactory(DjangoModelFactory):
    class Meta:
        model = MessageAttempt

    message = factory.SubFactory(CommunicationMessageFactory)
    number = 1
    occurred_at = factory.LazyFunction(now)
    succeeded = True
    outcome = "handed over"


class StaffMailFactory(DjangoModelFactory):
    """A letter to a colleague that is due."""

    class Meta:
        model = StaffMail

    user = factory.SubFactory(UserFactory, staff=True)
    kind = "notification"
    recipient = factory.SelfAttribute("user.email")
    subject = "Een taak voor u"
    text = "Bel de klant terug"
    html = "<p>Bel de klant terug</p>"
    language = "nl"
    next_attempt_at = factory.LazyFunction(now)


class StaffMailImageFactory(DjangoModelFactory):
    class Meta:
        model = StaffMailImage

    mail = factory.SubFactory(StaffMailFactory)
    content_id = factory.Sequence(lambda n: f"chart{n}")
    content = b"\x89PNG"


class UserNotificationFactory(DjangoModelFactory):
    """Something new under the bell."""

    class Meta:
        model = UserNotification

    user = factory.SubFactory(UserFactory, staff=True)
    notification_type = "task_assigned"
    title = "Een taak voor u: bel de klant terug"
    action_url = "/admin/"
    told_at = factory.LazyFunction(now)


class NotificationPreferenceFactory(DjangoModelFactory):
    class Meta:
        model = NotificationPreference

    user = factory.SubFactory(UserFactory, staff=True)
    notification_type = "task_assigned"
    email = True


class MessageBirdConnectionFactory(DjangoModelFactory):
    """ChargeCars' account at MessageBird."""

    class Meta:
        model = MessageBirdConnection
        django_get_or_create = ("business_entity",)

    business_entity = factory.SubFactory(BusinessEntityFactory)
    access_key = "live_access_of_the_tests"
    signing_key = "signing_key_of_the_tests_which_is_as_long_as_one_of_messagebird_is"


class ContactPreferenceFactory(DjangoModelFactory):
    """Somebody who wants no news of the work by SMS."""

    class Meta:
        model = ContactPreference

    contact = factory.SubFactory(ContactFactory)
    channel_type = ChannelType.SMS
    purpose = Purpose.SERVICE
    is_allowed = False
    source = PreferenceSource.STAFF
    said_at = factory.LazyFunction(now)


class UndeliverableAddressFactory(DjangoModelFactory):
    class Meta:
        model = UndeliverableAddress

    contact = factory.SubFactory(ContactFactory)
    channel_type = ChannelType.SMS
    address = "+31612345678"
    marked_at = factory.LazyFunction(now)


class RecipientFactory(ContactFactory):
    """Somebody we write to."""

    class Meta:
        model = Recipient

    is_primary = False
