"""One run of the SLA monitoring over many rows that are all due, beside the bare set-based SQL that writes the same rows; and
the run after it, that finds nothing new, beside one over few rows.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.benchmarks.probe import probe
from tests.benchmarks.system import System

OURS = "tests.benchmarks.sla.ours"
FEW = 1_000
MARK = "00000000-5a5a-4000-8000-"  # what the keys of the records begin with that the rows are about
# Copies of a row that is there, each of a record of its own; all of them passed their deadline an hour ago, untold.
SUPPLY = """
    INSERT INTO entity_current_status ({columns})
    SELECT {values} FROM generate_series(1, %(count)s) AS number,
        (SELECT * FROM entity_current_status WHERE entity_type = 'order' ORDER BY id LIMIT 1) AS pattern
"""
OWN = {
    "id": "gen_random_uuid()",
    "entity_id": f"('{MARK}' || lpad(to_hex(number), 12, '0'))::uuid",
    "status_since": "now() - interval '9 hours'",
    "sla_deadline": "now() - interval '1 hour'",
    "reminder_at": "now() - interval '3 hours'",
    "warning_at": "now() - interval '2 hours'",
    "escalates_at": "now() + interval '23 hours'",
    "next_stage_at": "now() - interval '3 hours'",
    "stage": "0",
    "is_overdue": "false",
}
BARE = """
    WITH moved AS (
        UPDATE entity_current_status SET stage = 3, is_overdue = true, next_stage_at = escalates_at
        WHERE next_stage_at < now() AND entity_id::text LIKE %(mark)s
        RETURNING entity_type, entity_id, status_since, sla_deadline, current_status
    ), told AS (
        INSERT INTO events_outboxevent (id, name, payload, occurred_at, actor_label, request_id)
        SELECT gen_random_uuid(), 'workflow.sla_stage_reached', jsonb_build_object('entity_type', entity_type, 'entity_id', entity_id,
            'stage', 'breached', 'since', status_since, 'deadline', sla_deadline, 'status', current_status, 'promise', ''),
            now(), 'sla', '' FROM moved
        RETURNING id
    )
    INSERT INTO events_eventdelivery (id, event_id, subscriber, state, attempts, next_attempt_at, last_error, retried_by)
    SELECT gen_random_uuid(), told.id, subscriber, 'todo', 0, now(), '', '' FROM told, unnest(%(subscribers)s::text[]) AS subscriber
"""
EVENTS = f"SELECT id FROM events_outboxevent WHERE name = 'workflow.sla_stage_reached' AND payload ->> 'entity_id' LIKE '{MARK}%'"
SUBSCRIBERS = f"SELECT DISTINCT subscriber FROM events_eventdelivery WHERE event_id IN ({EVENTS})"
ROWS = f"""
    SELECT (SELECT count(*) FROM entity_current_status WHERE stage = 3 AND is_overdue AND entity_id::text LIKE '{MARK}%'),
        (SELECT count(*) FROM ({EVENTS}) AS told),
        (SELECT count(*) FROM events_eventdelivery WHERE event_id IN ({EVENTS}))
"""
CLEAR = (
    f"DELETE FROM events_eventdelivery WHERE event_id IN ({EVENTS})",
    f"DELETE FROM events_outboxevent WHERE id IN ({EVENTS})",
    f"DELETE FROM entity_current_status WHERE entity_id::text LIKE '{MARK}%'",
    "VACUUM (ANALYZE) entity_current_status, events_outboxevent, events_eventdelivery",
)


@dataclass
class SlaAct:
    """One system with so many rows that are due, and how often it is measured."""

    system: System
    say: Callable[[str], None]
    rows: int
    rounds: int

    def run(self, goal: Callable[..., None]) -> None:
        self.system.run(OURS, "advance")  # what was due of the world itself
        few = self._idle_after(FEW)
        ratios, idle, different = [], [], 0
        for _turn in range(self.rounds):
            self.say(f"\nSLA run over {self.rows} rows   ({probe(self.system.folder)})")
            ours, ours_rows, subscribers = self._ours(self.rows)
            idle.append(json.loads(self.system.run(OURS, "idle"))["seconds"])
            bare, bare_rows = self._bare(subscribers)
            ratios.append(ours / bare)
            self.say(f"  ours {ours:.1f} s, bare {bare:.1f} s: {ratios[-1]:.2f} times; nothing new {1000 * idle[-1]:.1f} ms")
            if ours_rows != bare_rows:
                different += 1
                self.say(f"  rows differ: ours {ours_rows}, bare {bare_rows}")
        self._clear()
        self.say(f"  nothing new of {FEW} rows {1000 * few:.1f} ms")
        goal("SLA run", "times its bare SQL", median(ratios), 3.0, at_most=True)
        goal("SLA run", "rounds with other rows than bare's", different, 0, at_most=True)
        goal("SLA run", f"nothing new, times that of {FEW} rows", median(idle) / few, 1.5, at_most=True)

    def _idle_after(self, rows: int) -> float:
        self._ours(rows)
        return float(json.loads(self.system.run(OURS, "idle"))["seconds"])

    def _ours(self, rows: int) -> tuple[float, Any, list[str]]:
        self._supply(rows)
        told = json.loads(self.system.run(OURS, "advance"))
        if told["moved"] < rows:  # more where something of the world came due meanwhile
            raise RuntimeError(f"of {rows} rows {told['moved']} moved")
        with self.system.connect() as connection:
            subscribers = [name for (name,) in connection.execute(SUBSCRIBERS)]
            return told["seconds"], connection.execute(ROWS).fetchone(), subscribers

    def _bare(self, subscribers: list[str]) -> tuple[float, Any]:
        self._supply(self.rows)
        with self.system.connect("owner") as connection:
            connection.execute("SET statement_timeout = 0")
            began = time.perf_counter()
            connection.execute(BARE, {"mark": f"{MARK}%", "subscribers": subscribers})
            return time.perf_counter() - began, connection.execute(ROWS).fetchone()

    def _supply(self, rows: int) -> None:
        self._clear()
        with self.system.connect("owner") as connection:
            connection.execute("SET statement_timeout = 0")
            columns = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = 'entity_current_status'"
                )
            ]
            values = ", ".join(OWN.get(name, f'pattern."{name}"') for name in columns)
            connection.execute(SUPPLY.format(columns=", ".join(columns), values=values), {"count": rows})
            connection.execute("VACUUM (ANALYZE) entity_current_status")

    def _clear(self) -> None:
        with self.system.connect("owner") as connection:
            connection.execute("SET statement_timeout = 0")
            for statement in CLEAR:
                connection.execute(statement)
