"""Reading the same thing once for a page that is put together by many."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_read: ContextVar[dict[Any, Any] | None] = ContextVar("read", default=None)


@contextmanager
def one_page() -> Iterator[None]:
    """Inside the block a query marked `once_a_page` is asked once, whoever asks; for pages that only read."""
    token = _read.set({})
    try:
        yield
    finally:
        _read.reset(token)


def once_a_page(query: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Have a query give its first answer again while a page is being put together. Its arguments can be hashed, or are lists."""

    @wraps(query)
    def ask(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        known = _read.get()
        if known is None:
            return query(*args, **kwargs)
        key = (query, tuple(_hashable(value) for value in (*args, *kwargs.items())))
        if key not in known:
            known[key] = query(*args, **kwargs)
        answer: Answer = known[key]
        return answer

    return ask


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
