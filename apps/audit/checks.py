"""What must hold between the audit log, the histories and the records."""

from collections.abc import Iterator

from apps.audit.models import AuditedModel
from apps.audit.queries import audited_models
from apps.core.consistency import Check, Difference, Snapshot, checks

# The log forgets a month after ten years; what was made before that lacks its beginning.
FORGOTTEN_BEFORE = "date_trunc('month', now() - interval '120 months')"

# The same write makes a row in the log and a version in the history, unless it changed nothing that a version shows. A row
# that is there was made once, and the log has heard of its last change: a trigger stamps the row, a later one writes the log.
WRITES = """
    WITH secret AS (SELECT * FROM unnest(%s::text[], %s::text[]) AS secret (table_name, columns)),
    logged AS (
        SELECT table_name, record_id::uuid AS id,
            count(*) FILTER (WHERE action = 'create') AS creates,
            count(*) FILTER (WHERE action = 'update' AND new_values - string_to_array(coalesce(columns, ''), ',') <> '{{}}') AS updates,
            count(*) FILTER (WHERE action = 'delete') AS deletes, max(created_at) AS last
        FROM audit_logs LEFT JOIN secret USING (table_name)
        WHERE action IN ('create', 'update', 'delete') GROUP BY table_name, record_id
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
        concat(made, ' made, ', changed, ' changed, ', removed, ' removed as in the history, ', present, ' still there',
            ', the last at ' || updated_at || ' or later'),
        concat(creates, ' made, ', updates, ' changed, ', deletes, ' removed in the log', ', the last at ' || last)
    FROM compared
    WHERE ((creates, updates, deletes) <> (made, changed, removed) OR creates - deletes <> present
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
    checks.add(
        Check(
            name="audit",
            label="Every write is in the audit log and in the history, and no record came or went without one",
            run=writes,
        )
    )


def writes(view: Snapshot) -> Iterator[Difference]:
    """Log and history tell of as many writes of each kind; every record was made once and its last change is known."""
    view.look_at("SELECT count(*) FROM audit_logs WHERE action IN ('create', 'update', 'delete')")
    tables = {table: _history_of(model) for table, model in sorted(audited_models().items())}
    query = WRITES.format(
        versions=" UNION ALL ".join(VERSIONS.format(table=table, history=history) for table, history in tables.items()),
        records=" UNION ALL ".join(RECORDS.format(table=table) for table in tables),
        forgotten_before=FORGOTTEN_BEFORE,
    )
    secrets = [(table, ",".join(model.audit_redacted)) for table, model in sorted(audited_models().items())]
    yield from view.differences(query, [list(column) for column in zip(*secrets, strict=True)])


def _history_of(model: type[AuditedModel]) -> str:
    history: str = model.history.model._meta.db_table
    return history
