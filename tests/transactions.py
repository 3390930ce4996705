"""Transactions that tests undo."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction


@contextmanager
def undone() -> Iterator[None]:
    """A transaction, or a savepoint within one, that ends in a rollback."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
