"""Database triggers declared on models.

pgtrigger's own trigger lets any session switch it off with `set pgtrigger.ignore`: a non-owner could silence the audit
log. Ours call a function of the owner and have no such hook.
"""

from typing import Any

import pgtrigger
from django.db import models
from pgtrigger import compiler


class SharedFunctionTriggerSql(compiler.UpsertTriggerSql):
    """Creates the trigger alone; the function it executes is made by a migration."""

    def get_template(self) -> str:
        return """
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """


class OwnFunctionTriggerSql(SharedFunctionTriggerSql):
    """Makes the trigger's function first; it acts with its owner's rights, whoever writes the row."""

    def get_template(self) -> str:
        return """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
            {func}
            $$;
            REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;
            """ + super().get_template()


class HooklessTrigger(pgtrigger.Trigger):
    """The base of our triggers: no session can switch one off.

    Attributes:
        sql_class: how the trigger is made in the database.
    """

    sql_class: type[SharedFunctionTriggerSql]

    def compile(self, model: type[models.Model]) -> compiler.Trigger:
        return compiler.Trigger(
            name=self.name,
            sql=self.sql_class(
                pgid=self.get_pgid(model),
                func=self.render_func(model),
                table=model._meta.db_table,
                constraint="CONSTRAINT" if self.timing else "",
                when=self.when,
                operation=self.operation,
                timing=f"DEFERRABLE INITIALLY {self.timing}" if self.timing else "",
                referencing=self.referencing or "",
                level=self.level,
                condition=self.render_condition(model),
                execute=self.render_execute(model),
            ),
        )


class SharedFunctionTrigger(HooklessTrigger):
    """A trigger that executes `function(arguments)`; arguments may depend on the model."""

    sql_class = SharedFunctionTriggerSql
    function: str

    def __init__(self, *, function: str | None = None, **kwargs: Any) -> None:
        self.function = function or self.function
        super().__init__(**kwargs)

    def arguments(self, model: type[models.Model]) -> tuple[str, ...]:
        """Text arguments that the shared function receives as TG_ARGV."""
        return ()

    def render_func(self, model: type[models.Model]) -> str:
        return ""

    def render_execute(self, model: type[models.Model]) -> str:
        quoted = ", ".join("'" + argument.replace("'", "''") + "'" for argument in self.arguments(model))
        return f"{self.function}({quoted})"


class OwnFunctionTrigger(HooklessTrigger):
    """A trigger with a function of its own, whose text `render_func` gives: a function per table keeps its plans."""

    sql_class = OwnFunctionTriggerSql


class SetUpdatedAt(SharedFunctionTrigger):
    """Keeps `updated_at` true, also for `QuerySet.update()` and raw SQL."""

    name = "set_updated_at"
    when = pgtrigger.Before
    operation = pgtrigger.Update
    function = "chargecars_set_updated_at"


class AppendOnly(SharedFunctionTrigger):
    """Refuses UPDATE and DELETE of a row, also for the owner."""

    name = "append_only"
    when = pgtrigger.Before
    operation = pgtrigger.Update | pgtrigger.Delete
    function = "chargecars_refuse_change"


class RefuseTruncate(SharedFunctionTrigger):
    """Refuses TRUNCATE, which no row trigger sees."""

    name = "refuse_truncate"
    when = pgtrigger.Before
    operation = pgtrigger.Truncate
    level = pgtrigger.Statement
    function = "chargecars_refuse_change"
