from apps.communication.models.channel import CommunicationChannel
from apps.communication.models.connection import MessageBirdConnection
from apps.communication.models.message import CommunicationMessage, CommunicationThread, MessageAttempt, MessageFile
from apps.communication.models.person import ContactPreference, Recipient, UndeliverableAddress
from apps.communication.models.staff import NotificationPreference, StaffMail, StaffMailImage, UserNotification
from apps.communication.models.template import CommunicationTemplate

__all__ = [
    "CommunicationChannel",
    "CommunicationMessage",
    "CommunicationTemplate",
    "CommunicationThread",
    "ContactPreference",
    "MessageAttempt",
    "MessageBirdConnection",
    "MessageFile",
    "NotificationPreference",
    "Recipient",
    "StaffMail",
    "StaffMailImage",
    "UndeliverableAddress",
    "UserNotification",
]
