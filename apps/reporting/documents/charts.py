"""Small pictures of bars for letters, as PNG, set by Typst."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from threading import Lock

import typst
from django.conf import settings

from apps.core.errors import Text

TEMPLATES = settings.BASE_DIR / "templates" / "documents"
DOTS_PER_INCH = 144  # twice what a letter shows, for screens that have them

_one_at_a_time = Lock()  # a compiler serves one thread at once


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A group of bars per day, one for each series; `highest` says what the tallest bar stands for, `words` what is in it."""

    name: str
    title: Text
    series: Sequence[str]
    labels: Sequence[str]
    values: Sequence[Sequence[Decimal]]
    highest: str
    words: str

    def png(self) -> bytes:
        """The picture. Losses are shown as nothing: a bar below the line says more than it is worth."""
        top = max((value for day in self.values for value in day), default=Decimal(0))
        shares = [[float(max(value, Decimal(0)) / top) if top > 0 else 0.0 for value in day] for day in self.values]
        days = [{"label": label, "shares": each} for label, each in zip(self.labels, shares, strict=True)]
        inputs = {"chart": json.dumps({"days": days, "highest": self.highest}, ensure_ascii=False)}
        with _one_at_a_time:
            made: bytes = _compiler().compile(format="png", ppi=DOTS_PER_INCH, sys_inputs=inputs)
        return made


@cache
def _compiler() -> typst.Compiler:
    """Kept with its fonts, which are those that it brings along."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(TEMPLATES / "chart.typ", root=TEMPLATES, font_paths=fonts, ignore_system_fonts=True)
