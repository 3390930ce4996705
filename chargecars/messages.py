"""`make messages`: brings the Dutch catalogue up to date with the source and compiles it, with Babel alone.

Django's own commands need GNU gettext, which a fresh machine lacks.
"""

import io
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from chargecars.environment import BASE_DIR

CATALOGUE = BASE_DIR / "chargecars" / "locale" / "nl" / "LC_MESSAGES" / "django.po"
COMPILED = CATALOGUE.with_suffix(".mo")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Text = str | tuple[str, ...]


def folders() -> list[Path]:
    """Ours, and the admin theme, whose own Dutch has holes."""
    spec = find_spec("unfold")
    theme = [Path(spec.origin).parent] if spec and spec.origin else []
    return [BASE_DIR / "apps", BASE_DIR / "chargecars", BASE_DIR / "templates", *theme]


def found() -> Iterator[tuple[Text, str | None, str]]:
    """(text or its singular and plural, context, file) of everything marked for translation."""
    for folder in folders():
        for path in sorted([*folder.rglob("*.py"), *folder.rglob("*.html"), *folder.rglob("*.txt")]):
            source = path.read_text()
            if path.suffix != ".py":
                source = f"({templatize(source, origin=str(path))}\n)"  # in brackets, a page's indentation means nothing
            place = str(path.relative_to(folder.parent))
            for _, keyword, parts, _ in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}):
                yield from _texts(keyword, parts, place)


def _texts(keyword: str, parts: Text, place: str) -> Iterator[tuple[Text, str | None, str]]:
    words = [part for part in ([parts] if isinstance(parts, str) else parts) if isinstance(part, str)]
    context = words.pop(0) if keyword and "pgettext" in keyword and len(words) > 1 else None
    if words and words[0]:
        plural = keyword and keyword.lstrip("n").startswith(("gettext", "pgettext")) and keyword.startswith("n")
        yield (tuple(words[:2]) if plural and len(words) > 1 else words[0]), context, place


def texts() -> set[Text]:
    """Each text as a compiled catalogue knows it: with its context before it."""
    return {f"{context}\x04{text}" if context and isinstance(text, str) else text for text, context, _ in found()}


def read() -> Catalog:
    if not CATALOGUE.exists():
        return Catalog(locale="nl", project="ChargeCars", version="1", charset="utf-8")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="nl")


def main() -> None:
    """Add what is new, drop what is gone, keep what is translated; never guess."""
    template = Catalog(project="ChargeCars", version="1")
    for text, context, place in found():
        template.add(text, context=context, locations=[(place, 0)])
    catalogue = read()
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.fuzzy = False
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, width=120, sort_output=True, include_lineno=False, omit_header=False)
    with COMPILED.open("wb") as file:
        write_mo(file, read())
    missing = [message.id for message in read() if message.id and not message.string]
    print(f"{len(missing)} texts without a Dutch translation")  # noqa: T201 - a command line tool


if __name__ == "__main__":
    main()
