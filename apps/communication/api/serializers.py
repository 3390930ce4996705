from rest_framework import serializers

from apps.communication.choices import ChannelType
from apps.communication.models import CommunicationMessage
from apps.communication.templating import VALUE_LENGTH
from apps.core.api.serializers import StrictChoice, StrictSerializer, StrictText, StrictUUID


class AboutIn(StrictSerializer):
    """The record that the message is about."""

    entity_type = StrictText(max_length=40)
    entity_id = StrictUUID()


class NotificationIn(StrictSerializer):
    template_id = StrictText(max_length=60, help_text="The template's code.")
    recipient_contact_id = StrictUUID()
    channel = StrictChoice(choices=ChannelType.choices, default=ChannelType.EMAIL)
    variables = serializers.DictField(child=StrictText(max_length=VALUE_LENGTH, multiline=True, allow_blank=True), default=dict)
    about = AboutIn(required=False, allow_null=True)
    dedupe_key = StrictText(max_length=200, required=False, allow_blank=True, default="")


class NotificationOut(serializers.Serializer[CommunicationMessage]):
    message_id = serializers.UUIDField(source="pk")
    thread_id = serializers.UUIDField()
    delivery_status = serializers.CharField()
    recipient = serializers.CharField()
    subject = serializers.CharField()
    language = serializers.CharField()
    part_count = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
