"""The triggers that write what a statement changed in the totals of the figures."""

from typing import Any

import pgtrigger
from django.db import models

from apps.core.triggers import OwnFunctionTrigger
from apps.reporting.models.facts import OF_ORDERS, facts_of, summed

OLD, NEW = "old_rows", "new_rows"
STORE = "INSERT INTO public.figure_change (measure, entity_id, day, key, count, amount)"
# Orders that came into the figures, left them or stand elsewhere in them by the statement, which nearly none does.
PLACE = ("deleted_at", "business_entity_id", "created_at")
MOVED = f"""SELECT {{rows}}.* FROM {NEW} JOIN {OLD} ON {OLD}.id = {NEW}.id
    WHERE ({", ".join(f"{OLD}.{name}" for name in PLACE)}) IS DISTINCT FROM ({", ".join(f"{NEW}.{name}" for name in PLACE)})"""  # noqa: S608


class CountRows(OwnFunctionTrigger):
    """Writes what a statement changed in the totals: what its new rows add, less what its old rows added."""

    when = pgtrigger.After
    level = pgtrigger.Statement

    def __init__(self, operation: Any, name: str, *sources: str, rows: str) -> None:
        self.sources, self.rows = sources, rows
        self.is_old, self.is_new = operation != pgtrigger.Insert, operation != pgtrigger.Delete
        referencing = pgtrigger.Referencing(old=OLD if self.is_old else None, new=NEW if self.is_new else None)
        super().__init__(name=f"count_{name}", operation=operation, referencing=referencing)

    def render_func(self, model: type[models.Model]) -> str:
        return " ".join(f"BEGIN {self.statements()} RETURN NULL; END".split())  # how it is laid out here is no change of it

    def statements(self) -> str:
        return self.store(self.sources, {OLD: OLD, NEW: NEW})

    def store(self, sources: tuple[str, ...], places: dict[str, str]) -> str:
        """The statement that stores what those sources give for the new rows, less what they give for the old ones."""
        parts = [facts_of(*sources, **{self.rows: places[NEW]})] if self.is_new else []
        if self.is_old:
            taken = facts_of(*sources, **{self.rows: places[OLD]})
            parts.append(f"SELECT measure, entity_id, day, key, -count, -amount FROM ({_named(taken)}) AS taken")  # noqa: S608
        return f"{STORE} {summed(_named(' UNION ALL '.join(parts)))};"


class CountOrders(CountRows):
    """Also what hangs on an order, when the order comes into the figures, leaves them or stands elsewhere in them."""

    def statements(self) -> str:
        if not (self.is_old and self.is_new):
            return super().statements()
        moved = {place: f"({MOVED.format(rows=place)})" for place in (OLD, NEW)}
        return f"{super().statements()} IF EXISTS ({MOVED.format(rows=NEW)}) THEN {self.store(OF_ORDERS, moved)} END IF;"


def _named(facts: str) -> str:
    """Facts under their names, whichever source comes first."""
    names = "measure, entity_id, day, key, count, amount"
    return f"SELECT {names} FROM ({facts}) AS named ({names})"  # noqa: S608


def counting(*sources: str, rows: str, kind: type[CountRows] = CountRows, may_change: bool = True) -> list[pgtrigger.Trigger]:
    """The triggers of a table; of one whose rows never change only that for new rows."""
    triggers: list[pgtrigger.Trigger] = [kind(pgtrigger.Insert, "new", *sources, rows=rows)]
    if may_change:
        triggers.append(kind(pgtrigger.Update, "changed", *sources, rows=rows))
        triggers.append(kind(pgtrigger.Delete, "gone", *sources, rows=rows))
    return triggers
