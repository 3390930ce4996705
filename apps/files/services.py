"""Storing a file and forgetting what no row knows."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import Storage
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.clock import now
from apps.core.errors import Malformed, NotFound
from apps.core.records import RecordRef, resolve
from apps.core.transactions import lock_name
from apps.files.choices import DocumentType, FileCategory
from apps.files.formats import FORMATS, HEAD_LENGTH, Format, clean_file_name, extension_of
from apps.files.models import Attachment

SIZE_CAP = 25 * 1024 * 1024
CHUNK = 64 * 1024
ORPHAN_AGE = timedelta(days=1)  # longer than any transaction that stores a file


@dataclass(frozen=True, kw_only=True)
class AttachmentData:
    """A file and what is said of it. `name` is what the sender calls it; `content` is read once, from its beginning."""

    name: str
    content: File
    document_type: DocumentType = DocumentType.OTHER
    title: str = ""
    file_category: FileCategory | None = None
    is_customer_visible: bool = False
    is_partner_visible: bool = False
    expiry_date: date | None = None
    tags: dict[str, Any] = field(default_factory=dict)


@transaction.atomic
def store_attachment(*, about: RecordRef, data: AttachmentData, by: User | None) -> Attachment:
    """Keep a file with a record; one of the same name becomes its next version.

    Raises:
        NotFound: the record is not there.
        Malformed: `file_empty`, `file_too_large`, `unsupported_format`, or `content_mismatch` where the content is not
            what the name says.
    """
    if about not in resolve([about]):
        raise NotFound
    name = clean_file_name(data.name)
    file_format = _format_of(name)
    size, checksum = _measure(data.content, file_format)
    attachment = Attachment(
        about_type=about.entity_type,
        about_id=about.entity_id,
        document_name=name,
        document_title=data.title,
        document_type=data.document_type,
        file_category=data.file_category or "",
        size_bytes=size,
        media_type=file_format.media_type,
        extension=extension_of(name),
        checksum=checksum,
        is_customer_visible=data.is_customer_visible,
        is_partner_visible=data.is_partner_visible,
        expiry_date=data.expiry_date,
        tags=data.tags,
        version_number=_next_version(about, name),
        uploaded_by=by,
    )
    attachment.file.save(name, data.content, save=False)
    attachment.save(force_insert=True)
    return attachment


def read_attachment(attachment: Attachment) -> bytes:
    """The whole content of a file that is known to be small."""
    with attachment.file.open("rb") as content:
        return bytes(content.read())


def _format_of(name: str) -> Format:
    file_format = FORMATS.get(extension_of(name))
    if file_format is None:
        allowed = ", ".join(sorted(FORMATS))
        raise Malformed(
            _("Files of this kind are not accepted; these are: %(allowed)s.") % {"allowed": allowed},
            code="unsupported_format",
        )
    return file_format


def _measure(content: File, file_format: Format) -> tuple[int, str]:
    """Size and checksum, reading no more than the cap."""
    digest, size = hashlib.sha256(), 0
    for chunk in _chunks(content):
        if size == 0 and not file_format.fits(chunk[:HEAD_LENGTH]):
            raise Malformed(_("The content is not what the name of the file says."), code="content_mismatch")
        size += len(chunk)
        if size > SIZE_CAP:
            raise Malformed(_("The file is larger than 25 MB."), code="file_too_large")
        digest.update(chunk)
    if size == 0:
        raise Malformed(_("The file is empty."), code="file_empty")
    return size, digest.hexdigest()


def _chunks(content: File) -> Iterator[bytes]:
    content.seek(0)
    while chunk := content.read(CHUNK):
        yield chunk


def _next_version(about: RecordRef, name: str) -> int:
    lock_name(f"attachment:{about.entity_id}:{name}")
    versions = Attachment.objects.of(about).filter(document_name=name)
    return (versions.aggregate(latest=models.Max("version_number"))["latest"] or 0) + 1


@transaction.atomic
def show_attachment(
    *, attachment: Attachment, is_customer_visible: bool, is_partner_visible: bool, by: User | None
) -> Attachment:
    """Decide who outside the back office may have a file."""
    record = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment.pk)
    record.is_customer_visible, record.is_partner_visible = is_customer_visible, is_partner_visible
    record.save(update_fields=["is_customer_visible", "is_partner_visible"])
    return record


def remove_orphans() -> int:
    """Remove stored files without a row: their transaction rolled back after the file was written. Gives how many."""
    storage = Attachment.file.field.storage
    removed = 0
    for folder in _folders(storage, "attachments"):
        names = [name for name in storage.listdir(folder)[1] if _is_old(storage, f"{folder}/{name}")]
        known = Attachment.objects.filter(pk__in=[UUID(hex=name) for name in names]).values_list("pk", flat=True)
        kept = {key.hex for key in known}
        for name in names:
            if name not in kept:
                storage.delete(f"{folder}/{name}")
                removed += 1
    return removed


def _folders(storage: Storage, root: str) -> Iterator[str]:
    if storage.exists(root):
        yield from (f"{root}/{name}" for name in storage.listdir(root)[0])


def _is_old(storage: Storage, name: str) -> bool:
    return storage.get_modified_time(name) < now() - ORPHAN_AGE
