"""Dutch and English: nothing a person reads is left in the other language."""

import io

from babel.messages.mofile import write_mo
from django.utils.translation import trans_real

from chargecars import messages


def test_every_text_has_a_dutch_translation() -> None:
    """Ours, and those of the admin theme, whose own Dutch has holes; what Django translates counts."""
    known = trans_real.translation("nl")._catalog
    missing = sorted(text for text in messages.texts() if not known.get(text if isinstance(text, str) else (text[0], 1)))

    assert missing == []


def test_no_translation_is_a_guess() -> None:
    catalogue = messages.read()

    assert [message.id for message in catalogue if message.id and message.fuzzy] == []


def test_placeholders_survive_the_translation() -> None:
    catalogue = messages.read()

    assert {str(message.id): [str(error) for error in errors] for message, errors in catalogue.check()} == {}


def test_the_compiled_catalogue_is_the_written_one() -> None:
    compiled = io.BytesIO()
    write_mo(compiled, messages.read())

    assert messages.COMPILED.read_bytes() == compiled.getvalue()
