"""Bringing a backup back: into an empty database, proven equal before anybody may use it."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import errors, sql

from apps.core.backup import archive, proof
from apps.core.backup.parts import (
    BackupProblem,
    Say,
    connect,
    conninfo,
    environment,
    known_migrations,
    major_of,
    size,
    step,
    tool,
)

# What apps want done, as the owner, before the application may use a restored database.
before_use: list[Callable[[], None]] = []


def restore(path: Path, database: str, *, media: Path, replace: bool, say: Say) -> None:
    """Make a database what it was when the backup was made, and prove it.

    Raises:
        BackupProblem: the file is damaged or of a newer version, the database is not empty, or the copy is not equal to
            the original. Up to the word "Emptied" nothing has been changed.
    """
    with step(say, "Reading the whole file") as told:
        manifest = archive.checked_manifest(path)
        told.append(size(path.stat().st_size))
    _check_version(manifest)
    _check_keys(manifest, say)
    _check_space(manifest, media)
    _make_if_absent(database)
    with connect(database) as connection:
        program = _check_server(manifest, connection)
        _make_empty(connection, database, replace=replace, say=say)
        with step(say, "Database"):
            _load(program, path, database)
        with step(say, "Comparing all rows") as told:
            _compare(manifest, connection)
            told.append(f"{proof.rows_in(manifest['proof']):,} rows, no difference")
    with step(say, "Attachments") as told:
        told.append(f"{archive.unpack_media(path, media)} files to {media}")
    with pointed_at(database), step(say, "Made ready for use") as told:
        _make_ready(manifest, told)


def _check_version(manifest: dict[str, Any]) -> None:
    unknown = sorted(set(manifest["migrations"]) - known_migrations())
    if unknown:
        raise BackupProblem(
            f"The backup is of a newer version, which has migrations that this one lacks: {', '.join(unknown[:5])}"
        )


def _check_keys(manifest: dict[str, Any], say: Say) -> None:
    ours = {key.partition(":")[0] for key in settings.FIELD_ENCRYPTION_KEYS}
    missing = sorted(set(manifest["encryption_keys"]) - ours)
    if missing:
        say(f"Warning: FIELD_ENCRYPTION_KEYS lacks {', '.join(missing)}; secrets encrypted under it stay unreadable.")


def _check_space(manifest: dict[str, Any], media: Path) -> None:
    needed = sum(entry["size"] for name, entry in manifest["files"].items() if name.startswith("media/"))
    free = archive.free_space(media)
    if free < needed:
        raise BackupProblem(f"The attachments need {size(needed)} in {media}, where {size(free)} is free")


def _check_server(manifest: dict[str, Any], connection: "psycopg.Connection[tuple]") -> str:
    theirs, ours = _major(manifest), major_of(connection)
    if ours < theirs:
        raise BackupProblem(f"The backup is of PostgreSQL {theirs}; this server is {ours}, which may lack what it needs")
    return tool("pg_restore", at_least=theirs)


def _major(manifest: dict[str, Any]) -> int:
    return int(manifest["postgres"].partition(".")[0])


def _make_if_absent(database: str) -> None:
    try:
        connect(database).close()
    except psycopg.OperationalError as error:
        if "does not exist" not in str(error):
            raise BackupProblem(f"The database server does not answer: {error}") from error
    else:
        return
    try:
        with connect("postgres") as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    except psycopg.Error as error:
        owner = connections["owner"].settings_dict["USER"]
        raise BackupProblem(
            f'The owner\'s role may not make the database ({str(error).strip()}): CREATE DATABASE "{database}" OWNER "{owner}"'
        ) from error


def _make_empty(connection: "psycopg.Connection[tuple]", database: str, *, replace: bool, say: Say) -> None:
    (tables,) = connection.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'S')"
    ).fetchone() or (0,)
    if not tables:
        return
    if not replace:
        raise BackupProblem(
            f"The database {database} is not empty. Restore into another with --into, or throw away what it holds with --replace"
        )
    try:
        connection.execute("SET lock_timeout = '10s'")
        connection.execute("DROP OWNED BY CURRENT_USER CASCADE")
    except errors.LockNotAvailable as error:
        raise BackupProblem(f"The database {database} is in use; stop the web, worker and clock first") from error
    say("Emptied                  what the database held is gone")


def _load(program: str, path: Path, database: str) -> None:
    """All of it in one transaction, the triggers last: they do not see the rows come."""
    command = [
        program, "--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--single-transaction",
        f"--dbname={conninfo(database)}",
    ]  # fmt: skip
    with archive.dump_in(path) as dump, tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, env=environment())
        _feed(child, dump)
        if child.wait():
            complaints.seek(0)
            raise BackupProblem(f"pg_restore failed, nothing was restored: {complaints.read().decode(errors='replace').strip()}")


def _feed(child: "subprocess.Popen[bytes]", dump: Any) -> None:
    try:
        with child.stdin:  # type: ignore[union-attr]  # it is a pipe
            archive.copy(dump, child.stdin)
    except BrokenPipeError:
        child.wait()  # it gave up, and says why


def _compare(manifest: dict[str, Any], connection: "psycopg.Connection[tuple]") -> None:
    with connection.transaction():
        found = proof.of(connection)
    told = proof.differences(manifest["proof"], found, same_version=_major(manifest) == major_of(connection))
    if told:
        raise BackupProblem("The copy is not equal to the original, and nobody may use it:\n  " + "\n  ".join(told))


def _make_ready(manifest: dict[str, Any], told: list[str]) -> None:
    """The code's tables, room in the audit log, and last of all the application's rights."""
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    for act in before_use:
        act()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")
    call_command("apply_grants", verbosity=0)
    newer = len(known_migrations() - set(manifest["migrations"]))
    told.append(f"{newer} newer migrations" if newer else "rights given")


@contextmanager
def pointed_at(database: str) -> Iterator[None]:
    """Both connections of this process, to another database for a while."""
    before = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    _point(dict.fromkeys(before, database))
    try:
        yield
    finally:
        _point(before)


def _point(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name
