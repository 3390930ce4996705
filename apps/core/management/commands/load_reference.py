"""Loads the rows without which nothing works: our companies, number sequences, policies, channels, articles, roles."""

import json
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.serializers import deserialize
from django.core.serializers.base import DeserializationError, DeserializedObject
from django.db import DatabaseError, models, transaction

from apps.core.actor import acting

FOLDER = Path(settings.BASE_DIR) / "fixtures" / "reference"


class Command(BaseCommand):
    help = (
        "Loads fixtures/reference/*.json in order of name, all of it or nothing. A row is known by its natural key: what is "
        "missing is inserted, what is there stays as staff made it. Runs again and again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--overwrite", action="store_true", help="set rows that are there back to the files")
        parser.add_argument("--folder", type=Path, default=FOLDER, help="where the files lie")
        parser.add_argument("--database", default="default", help="alias of the connection")

    def handle(self, *, folder: Path, database: str, overwrite: bool, **options: Any) -> None:
        files = sorted(folder.glob("*.json"))
        if not files:
            raise CommandError(f"There are no files in {folder}")
        with acting(kind="system", label="load_reference", source="load_reference"), transaction.atomic(using=database):
            for file in files:
                outcome = Counter(self._load(file, database=database, overwrite=overwrite))
                if options["verbosity"]:
                    self.stdout.write(f"{file.name:<32} {summary(outcome)}")

    def _load(self, file: Path, *, database: str, overwrite: bool) -> list[str]:
        outcomes: list[str] = []
        try:
            rows = json.loads(file.read_text(encoding="utf-8"))
            # One row at a time is read and stored, so that a row may refer to one before it.
            for row in rows:
                (read,) = deserialize("json", json.dumps([row]), using=database)
                outcomes.append(load_row(read, fields=row["fields"], database=database, overwrite=overwrite))
        except (ValueError, DeserializationError, ValidationError, DatabaseError) as error:
            raise CommandError(f"{file.name}, row {len(outcomes) + 1}: {error}") from error
        return outcomes


def load_row(read: DeserializedObject, *, fields: dict[str, Any], database: str, overwrite: bool) -> str:
    """Store one row if need be; answers new, changed or kept."""
    known = find(read.object, database)
    if known is None:
        store(read.object, read.m2m_data or {}, database)
        return "new"
    # A number sequence set back would give its numbers again: such a model says that its rows are loaded once.
    if not overwrite or getattr(known, "loaded_once", False):
        return "kept"
    many = read.m2m_data or {}
    plain = [name for name in fields if name not in many]
    changed = [name for name in plain if getattr(known, name) != getattr(read.object, name)]
    relinked = {name: wanted for name, wanted in many.items() if differs(known, name, wanted)}
    if not changed and not relinked:
        return "kept"
    for name in changed:
        setattr(known, name, getattr(read.object, name))
    store(known, relinked, database)
    return "changed"


def find(record: models.Model, database: str) -> Any | None:
    """The row that is there already, by its key or its natural key; Django's reader put the key of a known one in."""
    manager = type(record)._default_manager.db_manager(database)
    known = manager.filter(pk=record.pk).first()
    if known is not None or not hasattr(record, "natural_key"):
        return known
    try:
        return manager.get_by_natural_key(*record.natural_key())  # type: ignore[attr-defined]  # goes with natural_key
    except ObjectDoesNotExist:
        return None


def differs(record: models.Model, name: str, wanted: Sequence[Any]) -> bool:
    keys = {getattr(related, "pk", related) for related in wanted}
    return keys != set(getattr(record, name).values_list("pk", flat=True))


def store(record: models.Model, links: Mapping[str, Sequence[Any]], database: str) -> None:
    """Save a row the way the application does: checked, with history."""
    record.full_clean()
    record.save(using=database)
    for name, related in links.items():
        getattr(record, name).set(related)


def summary(outcome: Counter[str]) -> str:
    return ", ".join(f"{outcome[kind]} {kind}" for kind in ("new", "changed", "kept"))
