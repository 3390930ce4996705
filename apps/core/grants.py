"""What the application's role may do in the database: what the models and apps say, and what it may in fact."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, models
from psycopg import sql

ALL = "SELECT, INSERT, UPDATE, DELETE"
KNOWN = {"SELECT", "INSERT", "UPDATE", "DELETE"}

# Extensions' own objects are everybody's. 0 is PUBLIC, of which the role is a part.
MAY_DO = """
    SELECT relname, string_agg(DISTINCT privilege_type, ', ')
    FROM pg_class CROSS JOIN LATERAL aclexplode(coalesce(relacl, acldefault('r', relowner)))
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND grantee IN (0, %(role)s::regrole)
    GROUP BY relname
"""
MAY_CALL = """
    SELECT DISTINCT proname
    FROM pg_proc CROSS JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner)))
    WHERE pronamespace = 'public'::regnamespace AND grantee IN (0, %(role)s::regrole)
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
"""
TOO_MUCH = """
    SELECT 'the role is a superuser, or may make roles or databases, replicate, or pass by row security' FROM pg_roles
        WHERE rolname = %(role)s AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)
    UNION ALL SELECT 'the role is a member of ' || roleid::regrole FROM pg_auth_members WHERE member = %(role)s::regrole
    UNION ALL SELECT 'the role owns ' || relname FROM pg_class WHERE relowner = %(role)s::regrole AND relkind <> 't'
    UNION ALL SELECT 'the role owns ' || proname || '()' FROM pg_proc WHERE proowner = %(role)s::regrole
    UNION ALL SELECT 'the role may make tables in the schema' WHERE has_schema_privilege(%(role)s, 'public', 'CREATE')
    UNION ALL SELECT 'the role has rights on single columns of ' || attrelid::regclass
        FROM pg_attribute CROSS JOIN LATERAL aclexplode(attacl)
        WHERE grantee IN (0, %(role)s::regrole) AND attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
FUNCTIONS = """
    SELECT oid::regprocedure::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e')
"""


def intended_tables() -> dict[str, str]:
    """Per table, and per view that an app's config names in `app_views`, what the application may do with it."""
    tables = {"django_migrations": "SELECT"}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed or hasattr(model, "app_privileges"):
            tables[model._meta.db_table] = privileges(model)
    return tables | {name: "SELECT" for config in apps.get_app_configs() for name in getattr(config, "app_views", ())}


def privileges(model: type[models.Model]) -> str:
    rights: str = getattr(model, "app_privileges", ALL)
    if unknown := _set_of(rights) - KNOWN:
        raise ImproperlyConfigured(f"{model.__name__}.app_privileges names {', '.join(sorted(unknown))}")
    return rights


def intended_functions() -> set[str]:
    """The functions that the application calls itself: its app's config names them in `app_functions`."""
    return {name for config in apps.get_app_configs() for name in getattr(config, "app_functions", ())}


def statements(role: str, tables: Mapping[str, str], functions: Mapping[str, str]) -> Iterator[sql.Composable]:
    """What gives the role exactly its rights; `functions` are all there are, with their names alone."""
    name = sql.Identifier(role)
    yield sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, {}").format(name)
    # Keys are identity columns, whose counters need no right of their own.
    yield sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, {}").format(name)
    yield sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name)
    by_rights = defaultdict(list)
    for table, rights in tables.items():
        by_rights[rights].append(sql.Identifier(table))
    for rights, names in by_rights.items():
        yield sql.SQL("GRANT {} ON TABLE {} TO {}").format(sql.SQL(rights), sql.SQL(", ").join(names), name)
    called = intended_functions()
    for signature, function in functions.items():
        yield sql.SQL("REVOKE ALL ON FUNCTION {} FROM PUBLIC, {}").format(sql.SQL(signature), name)
        if function in called:
            yield sql.SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(sql.SQL(signature), name)


def apply(database: str, role: str) -> None:
    """Give the role its rights, in the transaction of the owner's connection `database`."""
    with connections[database].cursor() as cursor:
        made = set(connections[database].introspection.table_names(cursor, include_views=True))
        cursor.execute(FUNCTIONS)
        functions = {signature: signature.partition("(")[0].strip('"') for (signature,) in cursor.fetchall()}
        wanted = {table: rights for table, rights in intended_tables().items() if table in made}
        for statement in statements(role, wanted, functions):
            cursor.execute(statement)


def differences(database: str) -> list[str]:
    """Where the rights of the role that `database` connects as are not those intended; empty when all is well."""
    with connections[database].cursor() as cursor:
        cursor.execute("SELECT current_user")
        who = {"role": cursor.fetchone()[0]}
        cursor.execute("SELECT tableowner FROM pg_tables WHERE schemaname = 'public' AND tablename = 'django_migrations'")
        if cursor.fetchone() == (who["role"],):
            return ["the application connects as the owner of the tables"]
        return [*_of_tables(cursor, who), *_of_functions(cursor, who), *_beyond(cursor, who)]


def _of_tables(cursor: Any, who: dict[str, str]) -> Iterator[str]:
    cursor.execute(MAY_DO, who)
    actual = {name: _set_of(rights) for name, rights in cursor.fetchall()}
    intended = {table: _set_of(rights) for table, rights in intended_tables().items()}
    for table in sorted({*actual, *intended}):
        found, wanted = actual.get(table, set()), intended.get(table, set())
        if found != wanted:
            yield f"{table}: may {', '.join(sorted(found)) or 'nothing'}; is to {', '.join(sorted(wanted)) or 'do nothing'}"


def _of_functions(cursor: Any, who: dict[str, str]) -> Iterator[str]:
    cursor.execute(MAY_CALL, who)
    actual, intended = {name for (name,) in cursor.fetchall()}, intended_functions()
    yield from (f"{name}(): may be called, and is not to be" for name in sorted(actual - intended))
    yield from (f"{name}(): may not be called, and is to be" for name in sorted(intended - actual))


def _beyond(cursor: Any, who: dict[str, str]) -> list[str]:
    cursor.execute(TOO_MUCH, who)
    return sorted({text for (text,) in cursor.fetchall()})


def _set_of(rights: str) -> set[str]:
    return {right.strip() for right in rights.split(",")}
