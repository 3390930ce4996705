from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.db import models

from apps.audit.models import AuditedModel
from apps.workflow.choices import TaskPriority


@dataclass(frozen=True, kw_only=True)
class Workflow:
    """The statuses of one way of life, in their usual order: where it begins and where it may end.

    An arrow of the machine belongs to a workflow when both its ends do. Records of the other workflows of the same
    machine never see it.
    """

    statuses: tuple[str, ...]
    initial: str
    final: frozenset[str]


class GuardedQuerySet(models.QuerySet):
    """Refuses to write a status past the engine, which alone checks, logs and tells."""

    def update(self, **values: Any) -> int:
        _refuse_status(values)
        return super().update(**values)

    def bulk_update(self, objs: Any, fields: Any, batch_size: int | None = None) -> int:
        _refuse_status(fields)
        return super().bulk_update(objs, fields, batch_size)

    def bulk_create(self, objs: Any, *args: Any, **options: Any) -> list[Any]:
        _refuse_status(options.get("update_fields") or ())
        return super().bulk_create(objs, *args, **options)


def _refuse_status(names: Any) -> None:
    if "status" in names:
        raise AttributeError("A status moves through workflow.services alone.")


class StatefulModel(AuditedModel):
    """A business record with a life: it has a status, which only the status engine moves.

    A subclass declares `status = FSMField(..., protected=True)` and its transitions, and in its app's `ready()` passes
    itself to `workflow.services.register_machine`. A transition's method changes its own row and nothing else. Its keyword
    parameters are filled from the change's context; `at`, `by`, `reason` and `to_status` come from the engine.

    A protected status makes `refresh_from_db()` fail on purpose: take the fresh record that the service returns.

    Attributes:
        entity_type: the name of the kind of record, as in ("order", key).
        workflows: the ways of life of this machine, by name.
        paused_in: statuses in which the SLA clock of the status before stands still.
        untimed_flag: a column that tells which records have no deadlines, as they are only tried out.
        asks_when_overdue: whether a colleague is given a task about a record that stays lying.
    """

    entity_type: ClassVar[str]
    workflows: ClassVar[Mapping[str, Workflow]]
    paused_in: ClassVar[frozenset[str]] = frozenset({"on_hold"})
    untimed_flag: ClassVar[str] = ""
    asks_when_overdue: ClassVar[bool] = True

    status: Any

    class Meta(AuditedModel.Meta):
        abstract = True

    def workflow_name(self) -> str:
        """The way of life of this record; fixed when it is made."""
        return "default"

    def policy_entity_id(self) -> UUID | None:
        """The business entity whose status policies apply; None for a record of the whole group."""
        return getattr(self, "business_entity_id", None)

    @property
    def is_timed(self) -> bool:
        """Whether its statuses have deadlines; what is only tried out hurries nobody."""
        return not (self.untimed_flag and getattr(self, self.untimed_flag))

    def urgency(self) -> str:
        """How pressing it is, as a priority of tasks."""
        return TaskPriority.NORMAL

    def assignee_id(self) -> UUID | None:
        """The user who has the record now, if it is somebody's."""
        return None
