from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID, uuid4

import pytest

from apps.events.events import Event
from apps.events.subscriptions import Subscriber, subscriptions


@dataclass(frozen=True, kw_only=True)
class Happened(Event):
    """Something for these tests to hear of."""

    name: ClassVar[str] = "tests.happened"
    thing_id: UUID


@pytest.fixture
def happened() -> Happened:
    return Happened(thing_id=uuid4())


@pytest.fixture
def listen() -> Iterator[Callable[..., str]]:
    """Subscribe a function for the time of the test; gives the name in its deliveries."""
    names: list[str] = []

    def add(react: Callable[[Happened], None], name: str = "tests.listener") -> str:
        subscriptions.add(Subscriber(name=name, event_class=Happened, react=react))
        names.append(name)
        return name

    yield add
    for name in names:
        if name in subscriptions:
            subscriptions.remove(name)
