"""What colleagues write down about an order."""

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.errors import FieldError, Malformed
from apps.core.records import ref_to
from apps.files.services import AttachmentData, store_attachment
from apps.orders.models import Order, OrderNote
from apps.orders.models.note import NOTE_LENGTH


@transaction.atomic
def add_note(*, order: Order, text: str, file: UploadedFile | None = None, by: User | None) -> OrderNote:
    """Write something down about an order, with a file if there is one. It changes nothing about the order itself.

    Raises:
        Malformed: there is no text, or too much; or the file is refused by `store_attachment`.
    """
    said = text.strip()
    if not said or len(said) > NOTE_LENGTH:
        wrong = FieldError(pointer="/text", code="invalid", detail=_("Write 1 to 5,000 signs."))
        raise Malformed(fields=[wrong])
    note = OrderNote.objects.create(order=order, text=said, written_at=clock.now(), written_by=by)
    if file is not None:
        store_attachment(about=ref_to(note), data=AttachmentData(name=file.name or "", content=file), by=by)
    return note
