from apps.communication.admin.channels import CommunicationChannelAdmin
from apps.communication.admin.messages import CommunicationMessageAdmin, CommunicationThreadAdmin, MessageAttemptAdmin
from apps.communication.admin.recipients import (
    ContactPreferenceAdmin,
    MessageBirdConnectionAdmin,
    RecipientAdmin,
    UndeliverableAddressAdmin,
)
from apps.communication.admin.staff import StaffMailAdmin
from apps.communication.admin.templates import CommunicationTemplateAdmin

__all__ = [
    "CommunicationChannelAdmin",
    "CommunicationMessageAdmin",
    "CommunicationTemplateAdmin",
    "CommunicationThreadAdmin",
    "ContactPreferenceAdmin",
    "MessageAttemptAdmin",
    "MessageBirdConnectionAdmin",
    "RecipientAdmin",
    "StaffMailAdmin",
    "UndeliverableAddressAdmin",
]
