from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from apps.core.records import RecordRef, model_of
from apps.core.scope import visible
from apps.files.models import Attachment


def may_see(ref: RecordRef, user: Any) -> bool:
    """Whether the record is there and within the user's view.

    Raises:
        NotFound: there are no records of this kind.
    """
    records = model_of(ref.entity_type)._default_manager.filter(pk=ref.entity_id)
    return visible(records, user).exists()


def attachments_of(entity_type: str, ids: Sequence[UUID]) -> dict[UUID, list[Attachment]]:
    """The files of many records of a kind, the first one first, in one query."""
    found: dict[UUID, list[Attachment]] = defaultdict(list)
    rows = Attachment.objects.filter(about_type=entity_type, about_id__in=ids).select_related("uploaded_by")
    for file in rows.order_by("created_at"):
        found[file.about_id].append(file)
    return found
