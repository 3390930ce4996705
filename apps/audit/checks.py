"""What must hold between the audit log, the histories and the records."""

from collections.abc import Iterator

from apps.audit.models import AuditedModel
from apps.audit.queries import audited_models
from apps.core.consistency import Check, Difference, Snapshot, checks

# The log forgets a month after ten years; what was made before that lacks its beginning.
FORGOTTEN_BEFORE = "date_trunc('month', now() - interval '120 months')"

# A write in the history is a write in the log; the log has more, since a bulk update makes no version. A row that is there
# was made once, and the log has heard of its last change: a trigger stamps the row, a later one writes the log.
WRITES = """
    WITH logged AS (
        SELECT table_name, record_id::uuid AS id,
            count(*) FILTER (WHERE action = 'create') AS creates, count(*) FILTER (WHERE action = 'update') AS updates,
            count(*) FILTER (WHERE action = 'delete') AS deletes, max(created_at) AS last
        FROM audit_logs WHERE action IN ('create', 'update', 'delete') GROUP BY table_name, record_id
    ), versions AS ({versions}), records AS ({records}),
    compared AS (
        SELECT table_name, id, records.updated_at, logged.last,
            coalesce(creates, 0) AS creates, coalesce(updates, 0) AS updates, coalesce(deletes, 0) AS deletes,
            coalesce(made, 0) AS made, coalesce(changed, 0) AS changed, coalesce(removed, 0) AS removed,
            (records.id IS NOT NULL)::int AS present,
            least(records.created_at, versions.first, logged.last) AS known_since
        FROM records FULL JOIN logged USING (table_name, id) FULL JOIN versions USING (table_name, id)
    )
    SELECT concat_ws(' ', table_name, id),
        concat('at least ', made, ' creates, ', changed, ' updates and ', removed, ' deletes in the log, ', present,
            ' more creates than deletes', ', the last at ' || updated_at || ' or later'),
        concat(creates, ' creates, ', updates, ' updates and ', deletes, ' deletes', ', the last at ' || last)
    FROM compared
    WHERE (creates - deletes <> present OR creates < made OR updates < changed OR deletes < removed
        OR last IS NULL OR last < updated_at) AND known_since >= {forgotten_before}
"""
VERSIONS = """
    SELECT '{table}' AS table_name, id, count(*) FILTER (WHERE history_type = '+') AS made,
        count(*) FILTER (WHERE history_type = '~') AS changed, count(*) FILTER (WHERE history_type = '-') AS removed,
        min(history_date) AS first
    FROM "{history}" GROUP BY id
"""
RECORDS = """SELECT '{table}' AS table_name, id, created_at, updated_at FROM "{table}" """


def register() -> None:
    """Plug in; called once, when the app is ready."""
    checks.add(Check(name="audit", label="Every version in a history and every record is in the audit log", run=writes))


def writes(view: Snapshot) -> Iterator[Difference]:
    """Every version has its row in the log, of its kind; every record was made once and its last change is known."""
    view.look_at("SELECT count(*) FROM audit_logs WHERE action IN ('create', 'update', 'delete')")
    tables = {table: _history_of(model) for table, model in sorted(audited_models().items())}
    query = WRITES.format(
        versions=" UNION ALL ".join(VERSIONS.format(table=table, history=history) for table, history in tables.items()),
        records=" UNION ALL ".join(RECORDS.format(table=table) for table in tables),
        forgotten_before=FORGOTTEN_BEFORE,
    )
    yield from view.differences(query)


def _history_of(model: type[AuditedModel]) -> str:
    history: str = model.history.model._meta.db_table
    return history
