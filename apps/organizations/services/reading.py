"""Reads given values one by one and refuses them together, so that a sender learns of every mistake at once."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core import validators
from apps.core.errors import FieldError, Malformed, Text

Part = TypeVar("Part")


@dataclass
class Reading:
    """The fields that could not be read so far."""

    errors: list[FieldError] = field(default_factory=list)

    def take(self, name: str, value: str, normalize: Callable[[str], str], *, required: bool = True) -> str:
        """The normalized value; empty where it was refused, or empty and allowed to be."""
        if not required and not value.strip():
            return ""
        try:
            return normalize(value)
        except ValidationError as error:
            self.refuse(name, code=error.code or "invalid", detail=error.message)
            return ""

    def take_text(self, name: str, value: str, *, longest: int, required: bool = True) -> str:
        """A line of text of at most `longest` signs."""
        text = self.take(name, value, validators.clean_name, required=required)
        if len(text) > longest:
            self.refuse(name, code="too_long", detail=_("At most %(longest)s signs.") % {"longest": longest})
            return ""
        return text

    def take_part(self, name: str, read: Callable[[], Part]) -> Part | None:
        """What reads itself and refuses for itself; its mistakes stand below `name`."""
        try:
            return read()
        except Malformed as error:
            self.errors += [replace(wrong, pointer=f"/{name}{wrong.pointer}") for wrong in error.fields]
            return None

    def refuse(self, name: str, *, code: str, detail: Text) -> None:
        self.errors.append(FieldError(pointer=f"/{name}", code=code, detail=detail))

    def finish(self) -> None:
        """Raise what was wrong, if anything was.

        Raises:
            Malformed: at least one field could not be read.
        """
        if self.errors:
            raise Malformed(fields=self.errors)
