"""Shows a mapping at work on one message: for each field of ours the expression, what it found, or what stands against it."""

from dataclasses import dataclass
from typing import Any

from apps.core.errors import DomainError, Text
from apps.partners.mapping import TARGETS, Dialect, Rule


@dataclass(frozen=True, kw_only=True)
class FieldRead:
    """One of our fields: where it comes from and what is there. Without a source no rule fills it."""

    target: str
    source: str = ""
    value: Any = None
    is_default: bool = False
    problem: Text = ""

    @property
    def is_empty(self) -> bool:
        return self.value in (None, "", [], {})


def fields_read(dialect: Dialect, payload: Any) -> list[FieldRead]:
    """Every field of an order, as this dialect reads it from this message."""
    if not isinstance(payload, dict):
        return []
    if dialect.mapping.is_canonical:
        return [FieldRead(target=target, source=target, value=_at(payload, target.split("."))) for target in TARGETS]
    rules = {rule.target: rule for rule in dialect.mapping.rules}
    return [_by_rule(rules[target], payload) if target in rules else FieldRead(target=target) for target in TARGETS]


def _by_rule(rule: Rule, payload: dict[str, Any]) -> FieldRead:
    source = rule.expression.expression if rule.expression else ""
    try:
        value = rule.value_in(payload)
    except DomainError as error:
        return FieldRead(target=rule.target, source=source, problem=error.detail)
    is_default = rule.default is not None and value == rule.default
    return FieldRead(target=rule.target, source=source, value=value, is_default=is_default)


def _at(value: Any, steps: list[str]) -> Any:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value
