"""Machines as data: their arrows, read from the transitions that a model declares, and what is wrong with them."""

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django_fsm import ANY_OTHER_STATE, ANY_STATE, FSMField, State, Transition

from apps.core.errors import Text
from apps.workflow.guards import Guard
from apps.workflow.models import StatefulModel, Workflow

# What the engine itself fills in when a transition's method asks for it; a context cannot stand in for these.
GIVEN = frozenset({"at", "by", "reason", "to_status"})


@dataclass(frozen=True)
class Arrow:
    """One way from a status to another: the transition that leads there and what it asks for."""

    source: str
    target: str
    transition: Transition

    @property
    def name(self) -> str:
        return self.transition.name

    @cached_property
    def guards(self) -> tuple[Guard, ...]:
        return tuple(_as_guard(condition) for condition in self.transition.conditions)

    def is_there_for(self, record: StatefulModel) -> bool:
        """Whether this record has the arrow at all; see `Guard.structural`."""
        return all(guard(record) for guard in self.guards if guard.structural)

    @cached_property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The keyword parameters of the transition's method, by name."""
        _itself, *parameters = inspect.signature(self.transition.method).parameters.values()
        named = {inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
        return {parameter.name: parameter for parameter in parameters if parameter.kind in named}

    @property
    def asks_for(self) -> tuple[str, ...]:
        """What a change's context may hold for this arrow."""
        return tuple(name for name in self.parameters if name not in GIVEN)

    @property
    def needs(self) -> tuple[str, ...]:
        """What a change's context must hold for this arrow."""
        empty = inspect.Parameter.empty
        return tuple(name for name in self.asks_for if self.parameters[name].default is empty)

    @property
    def permission(self) -> str:
        """The permission in words: a scope, a codename or the name of the rule; empty where anybody may."""
        permission = self.transition.permission
        return getattr(permission, "__name__", None) or str(permission or "")


def _as_guard(condition: Callable[[Any], bool]) -> Guard:
    if isinstance(condition, Guard):
        return condition
    # A plain predicate says what it can: its name.
    return Guard(condition.__name__, condition.__name__.replace("_", " "), condition)


def status_field(model: type[StatefulModel]) -> FSMField:
    fields: dict[str, Any] = {field.name: field for field in model._meta.fields}
    return fields["status"]


def status_label(model: type[StatefulModel], status: str) -> Text:
    """The name of a status in code; staff see that of its policy where there is one."""
    label: Text = dict(status_field(model).flatchoices).get(status, status)
    return label


@cache
def arrows(model: type[StatefulModel]) -> tuple[Arrow, ...]:
    """Every arrow of the machine, over all workflows."""
    return tuple(_arrows(model))


def _arrows(model: type[StatefulModel]) -> Iterator[Arrow]:
    field = status_field(model)
    statuses = [status for status, _label in field.flatchoices]
    for transition in field.get_all_transitions(model):
        for target in _targets(transition):
            for source in _sources(transition, target, statuses):
                yield Arrow(source, target, transition)


def _targets(transition: Transition) -> list[str]:
    target = transition.target
    return [str(status) for status in target.allowed_states] if isinstance(target, State) else [str(target)]


def _sources(transition: Transition, target: str, statuses: list[str]) -> list[str]:
    if transition.source == ANY_STATE:
        return statuses
    if transition.source == ANY_OTHER_STATE:
        return [status for status in statuses if status != target]
    return [str(transition.source)]


@cache
def arrows_of(model: type[StatefulModel], workflow: Workflow) -> tuple[Arrow, ...]:
    """The arrows of one workflow, in the order of its statuses."""
    place = {status: place for place, status in enumerate(workflow.statuses)}
    inside = [arrow for arrow in arrows(model) if arrow.source in place and arrow.target in place]
    return tuple(sorted(inside, key=lambda arrow: (place[arrow.source], place[arrow.target])))


def arrows_from(record: StatefulModel) -> tuple[Arrow, ...]:
    """The arrows that leave the record's status in its workflow, whatever stands against them."""
    workflow = record.workflows[record.workflow_name()]
    return tuple(
        arrow for arrow in arrows_of(type(record), workflow) if arrow.source == record.status and arrow.is_there_for(record)
    )


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something that is wrong with a machine."""

    code: str
    entity_type: str
    workflow: str
    status: str

    def __str__(self) -> str:
        return f"{self.entity_type} ({self.workflow}): {self.status}: {self.code.replace('_', ' ')}"


def findings(model: type[StatefulModel]) -> list[Finding]:
    """Unreachable statuses, dead ends and final statuses with a way out, per workflow."""
    return [
        Finding(code=code, entity_type=model.entity_type, workflow=name, status=status)
        for name, workflow in model.workflows.items()
        for code, statuses in _wrong(model, workflow)
        for status in statuses
    ]


def _wrong(model: type[StatefulModel], workflow: Workflow) -> list[tuple[str, list[str]]]:
    inside = arrows_of(model, workflow)
    leaving = {arrow.source for arrow in inside}
    reached = _reachable(workflow.initial, {(arrow.source, arrow.target) for arrow in inside})
    statuses = workflow.statuses
    return [
        ("unreachable", [status for status in statuses if status not in reached]),
        ("dead_end", [status for status in statuses if status not in leaving | workflow.final]),
        ("final_with_a_way_out", [status for status in statuses if status in leaving & workflow.final]),
    ]


def _reachable(start: str, steps: set[tuple[str, str]]) -> set[str]:
    reached = {start}
    while more := {target for source, target in steps if source in reached} - reached:
        reached |= more
    return reached


def ambiguous(model: type[StatefulModel]) -> list[tuple[str, str]]:
    """Pairs of statuses with more than one arrow between them: the engine could not tell which is meant."""
    pairs = [(arrow.source, arrow.target) for arrow in arrows(model)]
    return sorted({pair for pair in pairs if pairs.count(pair) > 1})
