"""What apps have registered with the engine: their machines, and conditions and acts on arrows of lower apps' machines."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from apps.accounts.models import User
from apps.core.errors import NotFound, Text
from apps.workflow.models import StatefulModel, StatusTransition

Predicate = Callable[[Any, dict[str, Any]], bool]


class ActService(Protocol):
    """A business act that carries out a status change, itself calling `change_status`."""

    def __call__(
        self, *, record: Any, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
    ) -> StatusTransition: ...


@dataclass(frozen=True)
class Requirement:
    """A condition that another app puts on an arrow."""

    predicate: Predicate
    code: str
    message: Text


@dataclass(frozen=True)
class Act:
    """The business act behind an arrow, and what it takes from the context."""

    service: ActService
    asks_for: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return getattr(self.service, "__name__", type(self.service).__name__)


@dataclass
class Registry:
    machines: dict[str, type[StatefulModel]] = field(default_factory=dict)
    requirements: dict[tuple[str, str], list[Requirement]] = field(default_factory=dict)
    acts: dict[tuple[str, str, str], Act] = field(default_factory=dict)

    def machine(self, entity_type: str) -> type[StatefulModel]:
        """The model behind an entity type.

        Raises:
            NotFound: no machine has that name.
        """
        try:
            return self.machines[entity_type]
        except KeyError:
            raise NotFound(code="unknown_entity_type") from None

    def requirements_on(self, entity_type: str, to_status: str) -> list[Requirement]:
        return self.requirements.get((entity_type, to_status), [])

    def act_behind(self, entity_type: str, from_status: str, to_status: str) -> Act | None:
        """The act that owns the arrow: one for exactly this arrow, else one for every arrow to the status."""
        exactly = self.acts.get((entity_type, from_status, to_status))
        return exactly or self.acts.get((entity_type, "", to_status))


registry = Registry()
