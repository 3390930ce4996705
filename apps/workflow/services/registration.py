"""How other apps plug into the engine, in their `ready()`."""

from functools import partial

from apps.core.contributions import contributions
from apps.core.errors import Text
from apps.core.records import register_record
from apps.workflow.contributions import steps_of, tasks_about
from apps.workflow.machines import ambiguous
from apps.workflow.models import StatefulModel
from apps.workflow.registry import Act, ActService, Predicate, Requirement, registry


def register_machine(model: type[StatefulModel]) -> None:
    """Put a model under the engine; called in its app's `ready()`.

    Raises:
        ValueError: two transitions lead from one status to the same other one.
    """
    if twice := ambiguous(model):
        raise ValueError(f"{model.__name__} has more than one transition for {twice}")
    register_record(model.entity_type, model)
    registry.machines[model.entity_type] = model
    contributions.add_timeline(model.entity_type, partial(steps_of, model))
    contributions.add_panel(model.entity_type, partial(tasks_about, model.entity_type), right="workflow.view_internaltask")


def require(entity_type: str, to_status: str, predicate: Predicate, code: str, message: Text) -> None:
    """Add a condition to every arrow to a status; `predicate(record, context)` is asked with the row locked."""
    requirement = Requirement(predicate, code, message)
    registry.requirements.setdefault((entity_type, to_status), []).append(requirement)


def act(entity_type: str, to_status: str, service: ActService, *, from_status: str = "", asks_for: tuple[str, ...] = ()) -> None:
    """Have a business act carry out the arrows to a status, or only the one from `from_status`.

    The generic door calls it with the change's context as its input; `asks_for` names what it takes from there.
    """
    registry.acts[entity_type, from_status, to_status] = Act(service, asks_for)
