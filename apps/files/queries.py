from typing import Any

from apps.core.records import RecordRef, model_of
from apps.core.scope import visible


def may_see(ref: RecordRef, user: Any) -> bool:
    """Whether the record is there and within the user's view.

    Raises:
        NotFound: there are no records of this kind.
    """
    records = model_of(ref.entity_type)._default_manager.filter(pk=ref.entity_id)
    return visible(records, user).exists()
