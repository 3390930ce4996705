"""Statements of the busiest paths, worked out once.

Django works out the SQL of every query anew, asks it for every column how it is read, and sends it as one text that
PostgreSQL has to parse and plan anew too: for a wide row most of what the two have to do. Where a path runs hundreds of times
a second its look-ups are `Prepared`, its rows are stored by `insert` and `update`, and its own SQL goes by `execute`;
everywhere else the plain way is good enough, and plainer.
"""

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.models.expressions import DatabaseDefault
from django.db.models.query import get_related_populators
from psycopg.sql import quote

PLACES = re.compile("%[%s]")
Row = TypeVar("Row", bound=models.Model)

# What these very fields hold goes into the database as it is; most of a row is such, and asking each field costs more than that.
AS_IT_IS = {models.CharField: str, models.UUIDField: UUID, models.ForeignKey: UUID, models.BooleanField: bool}


def execute(sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Any]:
    """Run a statement whose text is always the same, and give its rows. From the second time on PostgreSQL, too, knows it.

    Values travel beside the text, so their types must follow from where they stand.
    """
    with _cursor() as cursor:
        cursor.execute(sql, parameters)
        result = cursor.cursor.pgresult  # `description` would tell too, at the price of a description of every column
        return cursor.fetchall() if result is not None and result.nfields else []


def _cursor() -> Any:
    """A cursor that sends values beside the text; where queries are written down the usual one, which shows them whole."""
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.queries_logged:
        return connection.cursor()
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    return connection._prepare_cursor(ServerBindingCursor(connection.connection))  # noqa: SLF001 - as its own `cursor()` does


@contextmanager
def prepared_reads() -> Iterator[None]:
    """Inside the block every query goes as `execute` sends it: for a page of very many small ones, which are planned for longer
    than they run.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    connection.ensure_connection()
    driver, usual = connection.connection, connection.connection.cursor_factory
    driver.cursor_factory = usual if connection.queries_logged else _ChoicesInTheText
    try:
        yield
    finally:
        driver.cursor_factory = usual


class _ChoicesInTheText(ServerBindingCursor):
    """Sends values beside the text, but for those of our own choices, such as a status, which are the same each time. Only of
    what stands in the text can PostgreSQL tell that a partial index has it; of the rest it has to make a new plan each time.
    """

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        if isinstance(query, str) and isinstance(params, tuple | list):
            query, params = _with_choices(query, params)
        return super().execute(query, params, **options)


def _with_choices(query: str, parameters: Sequence[Any]) -> tuple[str, list[Any]]:
    given, rest = iter(parameters), []

    def put(place: re.Match[str]) -> str:
        if place[0] == "%%":
            return place[0]
        value = next(given)
        if isinstance(value, models.TextChoices):
            return quote(value.value).replace("%", "%%")
        rest.append(value)
        return place[0]

    return PLACES.sub(put, query), rest


@dataclass(frozen=True)
class _Plan:
    """How one queryset asks and how its rows become records; it belongs to one thread, as a connection does."""

    compiler: Any
    sql: str
    parameters: list[Any]
    attributes: list[str]
    columns: slice
    populators: list[Any]
    converters: dict[int, Any]


class Prepared(Generic[Row]):
    """A look-up that asks the same each time but for its values.

    `build` gives the queryset for such values; it is called once per thread, with the `samples`, which must differ from each
    other and from every constant in it. A list of texts or keys is a sample for `= ANY`, see `any_of`.

        KEY_BY_ID = Prepared(lambda key_id: ApiKey.objects.select_related("user").filter(key_id=key_id), samples=["-key-"])
        key = KEY_BY_ID.first(shown.key_id)
    """

    def __init__(self, build: Callable[..., models.QuerySet[Row]], *, samples: Sequence[Any]) -> None:
        self._build, self._samples = build, samples
        self._of_thread = threading.local()

    def first(self, *values: Any) -> Row | None:
        """The first row in the queryset's order, None where there is none."""
        return next(self.rows(*values), None)

    def rows(self, *values: Any) -> Iterator[Row]:
        """The rows for these values, one per sample and in their order."""
        plan: _Plan | None = getattr(self._of_thread, "plan", None)
        if plan is None:
            plan = self._of_thread.plan = self._plan()
        given = [values[each.place] if isinstance(each, _Place) else each for each in plan.parameters]
        return self._records(plan, execute(plan.sql, given))

    def _plan(self) -> _Plan:
        queryset = self._build(*self._samples)
        compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, parameters = compiler.as_sql()
        selected = [expression for expression, _sql, _alias in compiler.select]
        own = compiler.klass_info["select_fields"]
        if compiler.annotation_col_map:
            raise ValueError("a prepared look-up cannot have annotations")
        if lost := [sample for sample in self._samples if sample not in parameters]:
            raise ValueError(f"the query does not depend on {lost}")  # such as a number that its column never holds
        return _Plan(
            compiler=compiler,
            sql=sql,
            parameters=[self._place_of(value) for value in parameters],
            attributes=[selected[index].target.attname for index in own],
            columns=slice(own[0], own[-1] + 1),
            populators=get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS),
            converters=compiler.get_converters(selected),
        )

    def _place_of(self, value: Any) -> Any:
        return _Place(self._samples.index(value)) if value in self._samples else value

    @staticmethod
    def _records(plan: _Plan, found: list[Any]) -> Iterator[Row]:
        model = plan.compiler.klass_info["model"]
        for row in plan.compiler.apply_converters(found, plan.converters) if plan.converters else found:
            record = model.from_db(DEFAULT_DB_ALIAS, plan.attributes, row[plan.columns])
            for populator in plan.populators:
                populator.populate(row, record)
            yield record


@dataclass(frozen=True)
class _Place:
    """Where a value of the caller goes."""

    place: int


def any_of(values: list[str] | list[UUID]) -> models.Expression:
    """For `__in` in a prepared look-up: as many texts or keys as there are, in one parameter."""
    if isinstance(values[0], UUID):
        return models.expressions.RawSQL("SELECT unnest(%s::uuid[])", [values])
    return models.expressions.RawSQL("SELECT unnest(%s::text[])", [values])


def attach(referring: Iterable[tuple[Iterable[models.Model], Sequence[str]]]) -> None:
    """Read what records refer to by these fields, as `select_related` does, in one statement a model and each row once.

    Records that refer to the same row share it afterwards.
    """
    wanted: dict[type[models.Model], list[tuple[models.Model, Any]]] = defaultdict(list)
    for records, names in referring:
        for record in records:
            for name in names:
                field: Any = record._meta.get_field(name)
                if getattr(record, field.attname) is not None:
                    wanted[field.related_model].append((record, field))
    for model, places in wanted.items():
        rows = _by_key(model).rows(list({getattr(record, field.attname) for record, field in places}))
        found = {row.pk: row for row in rows}
        for record, field in places:
            setattr(record, field.name, found[getattr(record, field.attname)])


@cache
def _by_key(model: type[models.Model]) -> Prepared[models.Model]:
    return Prepared(lambda keys: model._base_manager.filter(pk__in=any_of(keys)).order_by(), samples=[[UUID(int=1)]])


def insert(record: Row) -> Row:
    """Store a new record; see `insert_all`."""
    insert_all([record])
    return record


def update(record: models.Model, names: Iterable[str]) -> None:
    """Store these fields of a record, as `save(update_fields=names)` does.

    Raises:
        LookupError: there is no such row.
    """
    meta, connection = record._meta, connections[DEFAULT_DB_ALIAS]
    fields = [field for name in sorted(names) if isinstance(field := meta.get_field(name), models.Field)]
    columns = ", ".join(f'"{field.column}" = %s' for field in fields)
    values = [field.get_db_prep_save(field.pre_save(record, False), connection) for field in fields]
    sql = f'UPDATE "{meta.db_table}" SET {columns} WHERE "{meta.pk.column}" = %s RETURNING 1'  # noqa: S608 - our own names
    if not execute(sql, [*values, record.pk]):
        raise LookupError(f"{meta.label} {record.pk} is not there")


def insert_all(records: Sequence[models.Model]) -> None:
    """Store new records of one model in one statement, as `bulk_create` does; what the database fills in is read back.

    Raises:
        IntegrityError: as `save()`.
    """
    if not records:
        return
    meta = records[0]._meta
    fields = [field for field in meta.local_concrete_fields if not field.generated]
    returned = meta.db_returning_fields
    connection = connections[DEFAULT_DB_ALIAS]
    rows, parameters = zip(*(_values(record, fields, connection) for record in records), strict=True)
    sql = f"{_head(meta, fields)} {', '.join(rows)}{_tail(returned)}"
    filled = execute(sql, list(chain.from_iterable(parameters)))
    for record, values in zip(records, filled or [()] * len(records), strict=True):
        for field, value in zip(returned, values, strict=True):
            setattr(record, field.attname, value)
        record._state.adding, record._state.db = False, DEFAULT_DB_ALIAS  # noqa: SLF001 - Django's own mark


def _head(meta: Any, fields: list[Any]) -> str:
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return f'INSERT INTO "{meta.db_table}" ({columns}) VALUES'


def _tail(returned: Sequence[Any]) -> str:
    return f" RETURNING {', '.join(f'{chr(34)}{field.column}{chr(34)}' for field in returned)}" if returned else ""


def _values(record: models.Model, fields: list[Any], connection: Any) -> tuple[str, list[Any]]:
    """The row's VALUES, and what goes into them."""
    places, parameters = [], []
    for field in fields:
        value = field.pre_save(record, True)
        if isinstance(value, DatabaseDefault):
            places.append("DEFAULT")
        else:
            places.append("%s")
            is_plain = value is None or AS_IT_IS.get(type(field)) is type(value)
            parameters.append(value if is_plain else field.get_db_prep_save(value, connection))
    return f"({', '.join(places)})", parameters
