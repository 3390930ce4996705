"""What files add to the pages of other apps: themselves, on the timeline of the record they go with."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.core.contributions import FEED_CUSTOMER, FEED_ORDER, TimelineEntry, contributions
from apps.files.models import Attachment
from apps.files.queries import attachments_of

# Named, not imported: these apps stand above this one.
SUBJECTS = ("order",)


def register() -> None:
    """Plug in; called once, when the app is ready."""
    for entity_type in SUBJECTS:
        contributions.add_timeline(entity_type, _timeline_of(entity_type))


def _timeline_of(entity_type: str) -> Callable[[Sequence[UUID]], dict[UUID, list[TimelineEntry]]]:
    def entries(ids: Sequence[UUID]) -> dict[UUID, list[TimelineEntry]]:
        return {key: [_entry(file) for file in files] for key, files in attachments_of(entity_type, ids).items()}

    return entries


def _entry(file: Attachment) -> TimelineEntry:
    size = filesizeformat(file.size_bytes)
    return TimelineEntry(
        at=file.created_at,
        kind="file",
        title=_("File: %(name)s") % {"name": file},
        detail=f"{file.get_document_type_display()} · {size}",
        by=str(file.uploaded_by or ""),
        url=reverse("attachment_download", args=[file.pk]),
        feeds=(FEED_ORDER, FEED_CUSTOMER) if file.is_customer_visible else (FEED_ORDER,),
    )
