from apps.communication.admin.channels import CommunicationChannelAdmin
from apps.communication.admin.messages import CommunicationMessageAdmin, CommunicationThreadAdmin, MessageAttemptAdmin
from apps.communication.admin.staff import StaffMailAdmin
from apps.communication.admin.templates import CommunicationTemplateAdmin

__all__ = [
    "CommunicationChannelAdmin",
    "CommunicationMessageAdmin",
    "CommunicationTemplateAdmin",
    "CommunicationThreadAdmin",
    "MessageAttemptAdmin",
    "StaffMailAdmin",
]
