"""Characters that no text of ours may hold, wherever it comes in."""

import re

from django.utils.translation import gettext_lazy as _

from apps.core.errors import FieldError, Malformed, Text

_LAST_OF_PLANES = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_NOT_IN_TEXT = re.compile(
    "(?P<nul_character>\x00)"  # PostgreSQL cannot store it
    "|(?P<lone_surrogate>[\ud800-\udfff])"  # half of a character: cannot be written as UTF-8
    "|(?P<control_character>[\x01-\x08\x0b\x0c\x0e-\x1f])"  # tab and line ends remain
    f"|(?P<noncharacter>[\ufdd0-\ufdef{_LAST_OF_PLANES}])"
)
_DETAILS: dict[str, Text] = {
    "nul_character": _("The text holds a NUL character."),
    "lone_surrogate": _("The text holds half of a character (a lone surrogate)."),
    "control_character": _("The text holds a control character."),
    "noncharacter": _("The text holds a code point that is no character."),
}


def refuse_unwritable(text: str, *, pointer: str = "") -> None:
    """Refuse text that cannot be stored or shown. `pointer` says where it stood.

    Raises:
        Malformed: nul_character, lone_surrogate, control_character or noncharacter.
    """
    found = _NOT_IN_TEXT.search(text)
    if found is None:
        return
    code = str(found.lastgroup)
    detail = _DETAILS[code]
    raise Malformed(detail, code=code, fields=[FieldError(pointer=pointer, code=code, detail=detail)])


def escape_pointer(part: str | int) -> str:
    """One step of a JSON pointer (RFC 6901)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def without_unwritable(text: str) -> str:
    """The text without what cannot be stored or shown; for what strangers write, which is kept as far as it can be."""
    return _NOT_IN_TEXT.sub("", text)
