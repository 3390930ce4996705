"""What must hold between the log of steps, the current statuses and the records themselves."""

from collections.abc import Iterator

from apps.core.consistency import Difference, Snapshot
from apps.workflow.machines import Arrow, arrows_of
from apps.workflow.models import StatefulModel, Workflow
from apps.workflow.registry import registry

LAST_STEP = """
    WITH log AS (
        SELECT entity_type, entity_id, max(sequence) AS length FROM status_transitions GROUP BY entity_type, entity_id
    ), record AS (
        SELECT entity_type, entity_id, length, standing.id IS NOT NULL AS stands, last_transition_id, workflow,
            current_status, status_since
        FROM log FULL JOIN entity_current_status AS standing USING (entity_type, entity_id)
    )
    SELECT concat_ws(' ', record.entity_type, record.entity_id),
        CASE WHEN length IS NULL THEN 'no current status without a step' ELSE concat('step ', length, ' as its last') END,
        CASE WHEN NOT stands THEN 'no current status'
            ELSE concat_ws(' ', 'step', step.sequence, '(' || step.to_status || ' since ' || step.status_since || '), standing',
                current_status, 'since', record.status_since) END
    FROM record LEFT JOIN status_transitions AS step ON step.id = last_transition_id
    WHERE NOT stands OR length IS NULL
        OR (step.entity_type, step.entity_id, step.sequence) IS DISTINCT FROM (record.entity_type, record.entity_id, length)
        OR (current_status, record.status_since, record.workflow)
            IS DISTINCT FROM (step.to_status, step.status_since, step.workflow)
"""
OWN_COLUMN = """
    SELECT concat_ws(' ', %s::text, coalesce(record.id, standing.entity_id)),
        coalesce(standing.current_status, 'a current status'),
        coalesce(record.status, 'no record')
    FROM (SELECT * FROM entity_current_status WHERE entity_type = %s) AS standing
    FULL JOIN {table} AS record ON record.id = standing.entity_id
    WHERE record.status IS DISTINCT FROM standing.current_status
"""
# Leaving a hold, what may follow depends on where the record was held: the status before the step before.
PATHS = """
    WITH allowed AS (
        SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[])
            AS arrow (entity_type, workflow, from_status, to_status, held_from)
    ), step AS (
        SELECT entity_type, entity_id, sequence, workflow, from_status, to_status, row_number() OVER path AS place,
            lag(to_status) OVER path AS came_to, lag(from_status) OVER path AS held_from, lag(workflow) OVER path AS was
        FROM status_transitions WINDOW path AS (PARTITION BY entity_type, entity_id ORDER BY sequence)
    )
    SELECT concat_ws(' ', entity_type, entity_id),
        CASE WHEN sequence <> place THEN 'step ' || place
            WHEN from_status IS DISTINCT FROM came_to THEN 'a step from ' || coalesce(came_to, 'nothing')
            ELSE 'a step of the workflow ' || coalesce(was, workflow) END,
        concat_ws(' ', 'step', sequence, 'from', coalesce(from_status, 'nothing'), 'to', to_status, 'in', workflow)
    FROM step
    WHERE sequence <> place OR from_status IS DISTINCT FROM came_to OR coalesce(was, workflow) <> workflow
        OR NOT EXISTS (
            SELECT FROM allowed
            WHERE allowed.entity_type = step.entity_type AND allowed.workflow = step.workflow
                AND allowed.from_status = coalesce(step.from_status, '') AND allowed.to_status = step.to_status
                AND coalesce(allowed.held_from, step.held_from, '') = coalesce(step.held_from, '')
        )
"""


def standings(view: Snapshot) -> Iterator[Difference]:
    """Each record with a life has one current status: that of its last step, since then, and of its own column."""
    view.look_at("SELECT count(*) FROM entity_current_status")
    yield from view.differences(LAST_STEP)
    for entity_type, machine in sorted(registry.machines.items()):
        table = f'"{machine._meta.db_table}"'
        yield from view.differences(OWN_COLUMN.format(table=table), [entity_type, entity_type])


def paths(view: Snapshot) -> Iterator[Difference]:
    """The first step makes the record; each later one begins where the one before it ended, along a declared arrow."""
    view.look_at("SELECT count(*) FROM status_transitions")
    allowed = [
        (entity_type, *step) for entity_type, machine in sorted(registry.machines.items()) for step in allowed_steps(machine)
    ]
    yield from view.differences(PATHS, [list(column) for column in zip(*allowed, strict=True)])


def allowed_steps(machine: type[StatefulModel]) -> Iterator[tuple[str, str, str, str | None]]:
    """(workflow, from, to, held from) of every step that a log may hold.

    From is empty for the creation, `held from` None where it does not matter.
    """
    for name, workflow in machine.workflows.items():
        yield name, "", str(workflow.initial), None
        for arrow in arrows_of(machine, workflow):
            for held_from in _held_in(arrow, machine, workflow):
                yield name, arrow.source, arrow.target, held_from


def _held_in(arrow: Arrow, machine: type[StatefulModel], workflow: Workflow) -> list[str | None]:
    """Where a record must have been held for the arrow to be there, asked of a record for each place."""
    if not any(guard.structural for guard in arrow.guards):
        return [None]
    return [
        str(status) for status in workflow.statuses if arrow.is_there_for(machine(status=arrow.source, held_from=str(status)))
    ]
