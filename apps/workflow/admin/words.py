"""What people call a kind of record, a workflow and a status, where a row holds their codes."""

from django.core.exceptions import FieldDoesNotExist
from django.utils.text import capfirst

from apps.core.errors import NotFound, Text
from apps.core.records import model_of


def kind_in_words(entity_type: str) -> Text:
    try:
        return capfirst(str(model_of(entity_type)._meta.verbose_name))
    except NotFound:
        return entity_type


def in_words(entity_type: str, name: str, value: str) -> Text:
    """A value of one of the record's own fields, such as its status; nothing where the record has no such field."""
    try:
        choices = model_of(entity_type)._meta.get_field(name).flatchoices  # type: ignore[union-attr]  # a column of its own
    except NotFound:
        return value
    except FieldDoesNotExist:
        return "–"
    return dict(choices).get(value, value) or "–"
