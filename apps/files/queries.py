from typing import Any

from apps.core.records import RecordRef, model_of


def may_see(ref: RecordRef, user: Any) -> bool:
    """Whether the record is there and within the user's view; what has no scope is there for all staff.

    Raises:
        NotFound: there are no records of this kind.
    """
    records = model_of(ref.entity_type)._default_manager.filter(pk=ref.entity_id)
    if hasattr(records, "visible_to"):
        records = records.visible_to(user)
    return records.exists()
