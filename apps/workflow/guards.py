"""Named conditions and permissions for transitions: what stands against a move can say so itself.

@guard("address_missing", _("An installation address is needed."))
def has_installation_address(order: Order) -> bool: ...

@transition(field=status, source=..., target=..., conditions=[has_installation_address],
            permission=scope_permission("sales.orders"))
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.accounts.choices import Scope
from apps.core.errors import Text


@dataclass(frozen=True)
class Guard:
    """A predicate over one record that carries the code and the words of its refusal.

    A structural one says whether the arrow is there at all for this record, such as the ways out of a hold, which depend on
    where it was held: where it is false the step is no transition, and not one that something stands against.
    """

    code: str
    message: Text
    holds: Callable[[Any], bool]
    structural: bool = False

    def __call__(self, record: Any) -> bool:
        return self.holds(record)


def guard(code: str, message: Text) -> Callable[[Callable[[Any], bool]], Guard]:
    """Make a predicate a guard: `code` is part of the API's contract, `message` says what is needed."""

    def name(predicate: Callable[[Any], bool]) -> Guard:
        return Guard(code, message, predicate)

    return name


@dataclass(frozen=True)
class ScopePermission:
    """Whoever holds one of the scopes may go this way."""

    scopes: tuple[Scope, ...]

    def __call__(self, record: Any, user: Any) -> bool:
        held: bool = user.has_scope(*self.scopes)
        return held

    def __str__(self) -> str:
        return " or ".join(self.scopes)


def scope_permission(*scopes: str) -> ScopePermission:
    """A permission for a transition that any of the scopes grants; a misspelt scope fails at import."""
    return ScopePermission(tuple(Scope(scope) for scope in scopes))
