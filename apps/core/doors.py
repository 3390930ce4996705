"""Who may come in by a view of our own: said where the view is written."""

from collections.abc import Callable
from typing import Any

View = Callable[..., Any]


def open_to(whom: str) -> Callable[[View], View]:
    """Say for whom a view is. The pages of the admin and the views of the API say so in their classes."""

    def declare(view: View) -> View:
        view.open_to = whom  # type: ignore[attr-defined]  # read by the test that no view is without it
        return view

    return declare
