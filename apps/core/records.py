"""Records of any kind, named without a foreign key: (entity_type, entity_id), resolved through one registry."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import models

from apps.core.errors import NotFound
from apps.core.scope import visible


@dataclass(frozen=True, kw_only=True)
class RecordRef:
    """One record of a registered kind, such as ("order", its key)."""

    entity_type: str
    entity_id: UUID


_models: dict[str, type[models.Model]] = {}


def register_record(entity_type: str, model: type[models.Model]) -> None:
    """Make a model known by its entity type; called in its app's `ready()`."""
    _models[entity_type] = model


def model_of(entity_type: str) -> type[models.Model]:
    """The model behind an entity type.

    Raises:
        NotFound: no such type.
    """
    try:
        return _models[entity_type]
    except KeyError:
        raise NotFound(code="unknown_entity_type") from None


def entity_type_of(model: type[models.Model]) -> str | None:
    """The entity type of a model, None where it has none."""
    return next((entity_type for entity_type, known in _models.items() if known is model), None)


def entity_types() -> tuple[str, ...]:
    return tuple(sorted(_models))


def ref_to(record: models.Model) -> RecordRef:
    """The reference of a record of a registered kind.

    Raises:
        NotFound: its model is not registered.
    """
    entity_type = entity_type_of(record.__class__)  # a request's user is a lazy object, whose type is its own
    if entity_type is None:
        raise NotFound(code="unknown_entity_type")
    return RecordRef(entity_type=entity_type, entity_id=record.pk)


def resolve(refs: Iterable[RecordRef]) -> dict[RecordRef, models.Model]:
    """The records that exist, one query per kind."""
    wanted: dict[str, list[UUID]] = {}
    for ref in refs:
        wanted.setdefault(ref.entity_type, []).append(ref.entity_id)
    return {
        RecordRef(entity_type=entity_type, entity_id=key): record
        for entity_type, keys in wanted.items()
        for key, record in model_of(entity_type)._default_manager.in_bulk(keys).items()
    }


def visible_record(ref: RecordRef, user: Any) -> models.Model:
    """The record, if it is there and this person may see it; the two are never told apart.

    Raises:
        NotFound: unknown_entity_type, not_found.
    """
    rows = model_of(ref.entity_type)._default_manager.all()
    record: models.Model | None = visible(rows, user).filter(pk=ref.entity_id).first()
    if record is None:
        raise NotFound
    return record
