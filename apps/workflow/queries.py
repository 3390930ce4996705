"""Reads of the engine: where records stand, how they came there, what is late, which machines there are."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.core.errors import NotFound, Text
from apps.core.once import once_a_page
from apps.core.prepared import Prepared, execute
from apps.core.records import RecordRef
from apps.core.scope import sees_the_whole_group
from apps.workflow.calendars import ROUND_THE_CLOCK, Calendar
from apps.workflow.choices import Level
from apps.workflow.holidays import holidays_of
from apps.workflow.machines import Arrow, Finding, arrows_of, status_label
from apps.workflow.models import (
    BusinessCalendar,
    EntityCurrentStatus,
    EntityCurrentStatusQuerySet,
    PolicyBook,
    StatefulModel,
    StatusPolicy,
    StatusTransition,
    Supervision,
)
from apps.workflow.models.calendar import CALENDARS, calendar_from
from apps.workflow.registry import registry

ROLES: dict[str, str] = {Level.TEAM_LEADER: Role.TEAM_LEADER, Level.MANAGER: Role.MANAGER}


def find_record(entity_type: str, entity_id: UUID, *, by: User | None, lock: bool = False) -> StatefulModel:
    """The record, if it is there and theirs to work on; the system (None) works on every record. `lock` keeps it as it is.

    Raises:
        NotFound: no such kind of record, no such record, or not theirs.
    """
    model: Any = registry.machine(entity_type)
    if by is None or sees_the_whole_group(by):
        record = _by_key(model, of_group=by is not None, lock=lock).first(entity_id)
    else:
        rows = model._default_manager.handled_by(by).filter(pk=entity_id)
        record = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if record is None:
        raise NotFound
    return record


def record_at_work(entity_type: str, entity_id: UUID) -> StatefulModel | None:
    """The record, where it is anybody's to work on; none where it was removed, though its clock still runs."""
    return _by_key(registry.machine(entity_type), of_group=True, lock=False).first(entity_id)


@cache
def _by_key(model: type[StatefulModel], *, of_group: bool, lock: bool) -> Prepared[StatefulModel]:
    """Every record, or every one that is anybody's to work on."""
    rows: Any = model._default_manager
    rows = rows.handled_by(User(is_superuser=True)) if of_group else rows.all()
    if lock:
        rows = rows.select_for_update(of=("self",))
    return Prepared(lambda key: rows.filter(pk=key).order_by(), samples=[UUID(int=1)])


def policy_for(record: StatefulModel, status: str) -> StatusPolicy | None:
    """The policy that holds for the record in a status: its business entity's own, else the group's."""
    policies = StatusPolicy.objects.of(record.entity_type, record.workflow_name(), record.policy_entity_id())
    return policies.filter(status=status).last()


@once_a_page
def policy_book(entity_type: str, workflow: str) -> PolicyBook:
    """Every policy of a workflow, to look up many at the cost of one query."""
    return PolicyBook(_POLICIES.rows(entity_type, workflow))


_POLICIES = Prepared(
    lambda entity_type, workflow: StatusPolicy.objects.filter(entity_type=entity_type, workflow=workflow).order_by(),
    samples=["-type-", "-workflow-"],
)


@once_a_page
def calendar_of(business_entity_id: UUID | None) -> Calendar:
    """What counts as working time for a business entity's records; every hour where it has no calendar."""
    if business_entity_id is None:
        return ROUND_THE_CLOCK
    found = execute(f"{CALENDARS} WHERE business_entity_id = %s", (business_entity_id,))
    return calendar_from(found[0][1:]) if found else ROUND_THE_CLOCK


def holidays_between(calendar: BusinessCalendar, first: date, last: date) -> list[tuple[date, str]]:
    """The holidays on which a business entity is closed, with their Dutch names; both days count."""
    if not calendar.closed_on_holidays:
        return []
    choice = {"good_friday": calendar.closed_on_good_friday, "liberation_day": calendar.liberation_day}
    years = range(first.year, last.year + 1)
    return [(day, name) for year in years for day, name in holidays_of(year, **choice).items() if first <= day <= last]


def supervisor(level: str, business_entity_id: UUID | None) -> User | None:
    """Who stands on a level of a business entity: as arranged, else whoever has the role longest, else the manager."""
    arranged = Supervision.objects.filter(business_entity=business_entity_id).first() if business_entity_id else None
    for step in dict.fromkeys([level, Level.MANAGER]):
        chosen: User | None = getattr(arranged, step, None)
        if chosen is not None and chosen.is_active:
            return chosen
        if step in ROLES and (people := _holders_of(ROLES[step], business_entity_id)):
            return people[0]
    return None


def _holders_of(role: str, business_entity_id: UUID | None) -> list[User]:
    """Staff of an entity, or of any where there is none, with a role, the longest there first."""
    people = User.objects.filter(groups__name=role, is_active=True, is_staff=True, is_service=False)
    theirs = people.filter(memberships__business_entity__isnull=False)
    if business_entity_id is not None:
        theirs = people.filter(memberships__business_entity=business_entity_id)
    return list(theirs.order_by("created_at", "pk").distinct())


def current_status(ref: RecordRef) -> EntityCurrentStatus:
    """Where a record stands.

    Raises:
        NotFound: the engine does not know it.
    """
    rows = EntityCurrentStatus.objects.filter(entity_type=ref.entity_type, entity_id=ref.entity_id)
    row: EntityCurrentStatus | None = rows.select_related("last_transition", "assigned_user").first()
    if row is None:
        raise NotFound
    return row


def history(ref: RecordRef) -> Any:
    """The steps of a record, its creation first."""
    steps = StatusTransition.objects.filter(entity_type=ref.entity_type, entity_id=ref.entity_id)
    return steps.order_by("sequence")


@once_a_page
def histories(entity_type: str, ids: Sequence[UUID]) -> dict[UUID, list[StatusTransition]]:
    """The steps of many records of a kind, in one query; without their contexts, which may be large."""
    found: dict[UUID, list[StatusTransition]] = defaultdict(list)
    steps = StatusTransition.objects.filter(entity_type=entity_type, entity_id__in=ids).defer("business_context")
    for step in steps.order_by("sequence"):
        found[step.entity_id].append(step)
    return found


def overdue(*, by: User, now: datetime) -> EntityCurrentStatusQuerySet:
    """What they may see that is late at this moment."""
    rows: EntityCurrentStatusQuerySet = EntityCurrentStatus.objects.visible_to(by).late(now)
    return rows


def label_of(record: StatefulModel) -> Text:
    """The name of the record's status for staff."""
    policy = policy_for(record, record.status)
    return policy.label if policy else status_label(type(record), record.status)


@dataclass(frozen=True, kw_only=True)
class WorkflowDescription:
    """One workflow of one machine: its statuses as the group's policies have them, and its arrows."""

    entity_type: str
    name: str
    initial: str
    statuses: list[StatusPolicy]
    arrows: tuple[Arrow, ...]


def workflows() -> list[WorkflowDescription]:
    """Every workflow of every machine. A status without a policy is described by an unsaved, empty one."""
    rows = StatusPolicy.objects.filter(business_entity=None)
    policies = {(policy.entity_type, policy.workflow, policy.status): policy for policy in rows}
    return [
        WorkflowDescription(
            entity_type=entity_type,
            name=name,
            initial=workflow.initial,
            statuses=[
                policies.get((entity_type, name, status)) or _bare_policy(machine, name, status) for status in workflow.statuses
            ],
            arrows=arrows_of(machine, workflow),
        )
        for entity_type, machine in sorted(registry.machines.items())
        for name, workflow in machine.workflows.items()
    ]


def _bare_policy(machine: type[StatefulModel], workflow: str, status: str) -> StatusPolicy:
    label = str(status_label(machine, status))
    return StatusPolicy(
        entity_type=machine.entity_type,
        workflow=workflow,
        status=status,
        label_nl=label,
        label_en=label,
        final=status in machine.workflows[workflow].final,
    )


def statuses_without_policy(model: type[StatefulModel]) -> list[Finding]:
    """Statuses of a machine for which the group has no policy."""
    rows = StatusPolicy.objects.filter(entity_type=model.entity_type, business_entity=None)
    known = set(rows.values_list("workflow", "status"))
    return [
        Finding(code="without_policy", entity_type=model.entity_type, workflow=name, status=status)
        for name, workflow in model.workflows.items()
        for status in workflow.statuses
        if (name, status) not in known
    ]
