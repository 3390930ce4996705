"""Which lines are meant, and how much of each, out of what is left of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.errors import FieldError, Malformed, Text

Part = tuple[UUID, Decimal | None]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Where the parts stand in a request, and what is said of one that cannot be: its code, and words.

    `place` is the pointer of the list, `key` the member that names a line; `too_much` is told how much there is.
    """

    place: str
    key: str
    unknown: tuple[str, Text]
    too_much: tuple[str, Text]


def quantities_of(parts: Sequence[Part], left: Mapping[UUID, Decimal], asked: Asked) -> dict[UUID, Decimal]:
    """How much of each line is meant: the given quantity, or all that is left of it.

    Raises:
        Malformed: an unknown line, one that is named twice, or more of one than is left; every such part is named.
    """
    wrong = [fault for place, part in enumerate(parts) if (fault := _fault(place, part, parts, left, asked))]
    if wrong:
        raise Malformed(fields=wrong)
    return {key: left[key] if quantity is None else quantity for key, quantity in parts}


def _fault(place: int, part: Part, parts: Sequence[Part], left: Mapping[UUID, Decimal], asked: Asked) -> FieldError | None:
    at, (key, quantity) = f"{asked.place}/{place}", part
    if key not in left:
        code, detail = asked.unknown
        return FieldError(pointer=f"{at}/{asked.key}", code=code, detail=detail)
    if any(other == key for other, _quantity in parts[:place]):
        return FieldError(pointer=f"{at}/{asked.key}", code="twice", detail=_("This line is named twice."))
    if not 0 < (left[key] if quantity is None else quantity) <= left[key]:
        code, detail = asked.too_much
        most = max(left[key], Decimal(0)).normalize()
        return FieldError(pointer=f"{at}/quantity", code=code, detail=str(detail) % {"most": f"{most:f}"})
    return None
