"""Watching the deadlines of statuses: who is late is marked, and each stage told once."""

from datetime import datetime

from apps.core.transactions import in_transaction
from apps.events.services import publish_all
from apps.workflow.choices import Stage
from apps.workflow.events import SlaStageReached
from apps.workflow.models import EntityCurrentStatus
from apps.workflow.services.stages import advance


def process_deadlines(now: datetime) -> int:
    """Move every clock whose next stage is due, and tell of it; gives how many. Safe to repeat.

    Each batch is a transaction of its own: what moved is told, and what was told has moved, wherever it breaks off.
    """
    moved = 0
    while batch := _advance_some(now):
        moved += batch
    return moved


@in_transaction
def _advance_some(now: datetime) -> int:
    rows: list[EntityCurrentStatus] = advance(EntityCurrentStatus.objects.all(), now)
    publish_all([_told(row) for row in rows])
    return len(rows)


def _told(row: EntityCurrentStatus) -> SlaStageReached:
    return SlaStageReached(
        entity_type=row.entity_type,
        entity_id=row.entity_id,
        stage=Stage(row.stage).code,
        since=row.status_since,
        deadline=row.sla_deadline,  # type: ignore[arg-type]  # it has one, or it would not have moved
        status=row.current_status,
    )
