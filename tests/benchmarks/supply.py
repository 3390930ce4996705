"""Leads for the status act to move, as many as it can use up: copies of one that is there, with their first step and clock."""

import psycopg

# Each table with what makes a copy a row of its own; `made` holds the copies' keys.
OWN = {
    "order": {"id": "made.key", "order_number": "'SUPPLY-' || left(made.key::text, 18)", "partner_reference": "''"},
    "status_transitions": {"id": "gen_random_uuid()", "entity_id": "made.key"},
    "entity_current_status": {
        "id": "gen_random_uuid()",
        "entity_id": "made.key",
        "last_transition_id": "(SELECT id FROM status_transitions WHERE entity_type = 'order' AND entity_id = made.key)",
    },
}
OF_ORDER = {"order": "id", "status_transitions": "entity_id", "entity_current_status": "entity_id"}


def top_up(connection: psycopg.Connection, wanted: int) -> list[str]:
    """So many orders that are new leads, copies of the latest one."""
    [(pattern,)] = connection.execute(
        "SELECT id FROM \"order\" WHERE status = 'new_lead' AND NOT is_test ORDER BY created_at DESC LIMIT 1"
    ).fetchall()
    with connection.transaction():
        connection.execute(
            f"CREATE TEMP TABLE made ON COMMIT DROP AS SELECT gen_random_uuid() AS key FROM generate_series(1, {wanted})"
        )
        for table, own in OWN.items():
            columns = [
                name
                for (name,) in connection.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s",
                    [table],
                )
            ]
            values = ", ".join(own.get(name, f'pattern."{name}"') for name in columns)
            names = ", ".join(f'"{name}"' for name in columns)
            connection.execute(
                f'INSERT INTO "{table}" ({names}) SELECT {values} FROM made, "{table}" AS pattern WHERE pattern.{OF_ORDER[table]} = %s',
                [pattern],
            )
        return [str(key) for (key,) in connection.execute("SELECT key FROM made")]
