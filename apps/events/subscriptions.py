"""Who listens to what. Filled while apps load, read-only afterwards."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from apps.core import jobs
from apps.core.errors import Text
from apps.events.events import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """A function that wants to hear of an event; `name` stands in the rows of its deliveries."""

    name: str
    event_class: type[Event]
    react: Callable[[Any], None]


class Subscriptions:
    """All subscribers; `subscriptions` is the one instance."""

    def __init__(self) -> None:
        self._by_name: dict[str, Subscriber] = {}
        self._by_event: dict[str, list[Subscriber]] = defaultdict(list)

    def add(self, subscriber: Subscriber) -> None:
        if subscriber.name in self._by_name:
            raise ValueError(f"two subscribers are called {subscriber.name}")
        self._by_name[subscriber.name] = subscriber
        self._by_event[subscriber.event_class.name].append(subscriber)

    def remove(self, name: str) -> None:
        """Forget a subscriber, as a release that drops one does."""
        subscriber = self._by_name.pop(name)
        self._by_event[subscriber.event_class.name].remove(subscriber)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def names(self) -> list[str]:
        return sorted(self._by_name)

    def event_names(self) -> list[str]:
        return sorted(name for name, subscribers in self._by_event.items() if subscribers)

    def named(self, name: str) -> Subscriber:
        return self._by_name[name]

    def to(self, event_name: str) -> list[Subscriber]:
        return list(self._by_event[event_name])


subscriptions = Subscriptions()


def subscribe(event_class: type[E], *, does: Text = "") -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Have the decorated function, of an app's `subscribers.py`, called once for each event of the class.

    Its name tells the effect, and with that of its app stands in the database: a renamed one leaves its deliveries parked.
    `does` is what staff read in its place.
    """

    def decorate(react: Callable[[E], None]) -> Callable[[E], None]:
        app = react.__module__.removeprefix("apps.").partition(".")[0]
        name = f"{app}.{react.__name__}"
        subscriptions.add(Subscriber(name=name, event_class=event_class, react=react))
        jobs.call(name, does or name)
        return react

    return decorate
