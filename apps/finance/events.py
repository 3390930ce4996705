from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.core.records import RecordRef
from apps.events.events import Event


@dataclass(frozen=True, kw_only=True)
class InvoiceApproved(Event):
    """An invoice or credit note has its number and stands for ever."""

    name: ClassVar[str] = "finance.invoice_approved"
    label: ClassVar[Text] = _("Invoice approved")
    invoice_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="invoice", entity_id=self.invoice_id)


@dataclass(frozen=True, kw_only=True)
class InvoiceSent(Event):
    """An invoice or credit note is to be mailed: to whom, and who asked for it (None: the system)."""

    name: ClassVar[str] = "finance.invoice_sent"
    label: ClassVar[Text] = _("Invoice sent")
    invoice_id: UUID
    contact_id: UUID
    address: str
    sent_by: UUID | None

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="invoice", entity_id=self.invoice_id)


@dataclass(frozen=True, kw_only=True)
class RefundPaid(Event):
    """Money went back to whoever had paid it."""

    name: ClassVar[str] = "finance.refund_paid"
    label: ClassVar[Text] = _("Refund paid")
    refund_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="refund", entity_id=self.refund_id)


@dataclass(frozen=True, kw_only=True)
class CollectionLetterWritten(Event):
    """A letter to somebody who did not pay in time is to be mailed."""

    name: ClassVar[str] = "finance.collection_letter_written"
    label: ClassVar[Text] = _("Collection letter written")
    letter_id: UUID

    def subject(self) -> RecordRef:
        return RecordRef(entity_type="collection_letter", entity_id=self.letter_id)
