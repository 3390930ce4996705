"""What stands in the database, so that a test can say that nothing of it changed."""

from django.db import connection

TABLES = """
    SELECT relname FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND has_table_privilege(oid, 'SELECT')
      AND relname <> 'browser_session'
"""


def everything() -> dict[str, tuple[int, str]]:
    """The rows of every table, as a count and a digest; not when somebody's login was last seen, which a look itself moves."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        found = {}
        for (table,) in cursor.fetchall():
            rows = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {rows} t")
            found[table] = cursor.fetchone()
    return found
