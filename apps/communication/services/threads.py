"""Conversations: in which of them a message stands."""

from apps.communication.choices import ThreadType
from apps.communication.models import CommunicationThread
from apps.core import clock
from apps.core.records import RecordRef
from apps.organizations.models import BusinessEntity, Contact

SUBJECT_LENGTH = 300


def conversation(
    *, entity: BusinessEntity, contact: Contact | None, about: RecordRef | None, subject: str, counterpart: str = ""
) -> CommunicationThread:
    """The one between a company and a person, or an unknown `counterpart`, about one thing; it has just been spoken in."""
    thread, created = CommunicationThread.objects.get_or_create(
        business_entity=entity,
        contact=contact,
        counterpart="" if contact else counterpart,
        about_type=about.entity_type if about else "",
        about_id=about.entity_id if about else None,
        thread_type=ThreadType.NOTIFICATIONS,
        defaults={"thread_subject": subject[:SUBJECT_LENGTH], "last_message_at": clock.now()},
    )
    if not created:
        spoken_in(thread)
    return thread


def spoken_in(thread: CommunicationThread) -> None:
    """Somebody said something in it now."""
    thread.last_message_at = clock.now()
    thread.save(update_fields=["last_message_at"])
