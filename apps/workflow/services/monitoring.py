"""Watching the deadlines of statuses: who is late is marked, and each stage told once."""

from datetime import datetime

from apps.core.transactions import in_transaction
from apps.events.services import publish_from
from apps.workflow.choices import Stage
from apps.workflow.events import SlaStageReached
from apps.workflow.models import EntityCurrentStatus
from apps.workflow.services.stages import advancing

BATCH = 5_000

TOLD = """
    , happened AS (
        SELECT entity_type, entity_id, (%s::text[])[stage] AS stage, status_since AS since, sla_deadline AS deadline,
            current_status AS status, '' AS promise
        FROM moved
    )
"""
CODES = [stage.code for stage in Stage if stage]


def process_deadlines(now: datetime) -> int:
    """Move every clock whose next stage is due, and tell of it; gives how many. Safe to repeat.

    Each batch is one statement and a transaction of its own: what moved is told, and what was told has moved, wherever it
    breaks off.
    """
    moved = 0
    while batch := _advance_some(now):
        moved += batch
    return moved


@in_transaction
def _advance_some(now: datetime) -> int:
    parts, parameters = advancing(EntityCurrentStatus.objects.all(), now, limit=BATCH)
    return publish_from(SlaStageReached, parts + TOLD, [*parameters, CODES])
