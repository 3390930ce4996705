"""Making a backup beside a system that runs."""

import subprocess
import tempfile
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db import connections

from apps.core.backup import archive, proof
from apps.core.backup.parts import (
    DUMP,
    MEDIA,
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
from apps.core.clock import now

COMPRESSION = "3"  # half the time of the default, for a tenth more


def make(target: Path, say: Say) -> Path:
    """Write everything to one file; gives its place, below `target` where that is a folder.

    Raises:
        BackupProblem: there is such a file, too little space, or no pg_dump that fits; nothing is left behind.
    """
    if target.is_dir():
        target = target / f"chargecars-{now():%Y%m%d-%H%M%S}.tar"
    if target.exists():
        raise BackupProblem(f"{target} is there already; it is not written over")
    if not target.parent.is_dir():
        raise BackupProblem(f"The folder {target.parent} is not there")
    database, media = connections["owner"].settings_dict["NAME"], Path(settings.MEDIA_ROOT)
    with connect(database) as connection, connection.transaction(), archive.written(target) as writer:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        program = tool("pg_dump", at_least=major_of(connection))
        taken = _moment(connection)
        _check_space(target.parent, int(taken["database_bytes"]), media)
        with step(say, "Database") as told:
            _dump(program, database, str(taken.pop("snapshot")), writer)
            told.append(size(writer.files[DUMP]["size"]))
        with step(say, "Sums over all rows") as told:
            taken["proof"] = proof.of(connection)
            told.append(f"{proof.rows_in(taken['proof']):,} rows")  # type: ignore[arg-type]  # just made
        with step(say, "Attachments") as told:
            told.append(f"{writer.add_folder(MEDIA, media)} files")
        writer.finish(taken)
    return target


def _moment(connection: "psycopg.Connection[tuple]") -> dict[str, object]:
    """What is to be told about the moment of which this is a copy."""
    (snapshot, version, length) = connection.execute(
        "SELECT pg_export_snapshot(), current_setting('server_version'), pg_database_size(current_database())"
    ).fetchone() or ("", "", 0)
    known = known_migrations()
    migrations = connection.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1").fetchall()
    return {
        "snapshot": snapshot,
        "made_at": now().isoformat(),
        "postgres": version,
        "database_bytes": length,
        "migrations": [name for (name,) in migrations if name in known],
        "encryption_keys": [key.partition(":")[0] for key in settings.FIELD_ENCRYPTION_KEYS],
    }


def _check_space(folder: Path, database_bytes: int, media: Path) -> None:
    """Compressed, a database is less than half of what it is."""
    needed = database_bytes // 2 + sum(path.stat().st_size for path in media.rglob("*") if path.is_file())
    free = archive.free_space(folder)
    if free < needed:
        raise BackupProblem(f"Up to {size(needed)} may be needed in {folder}, where {size(free)} is free")


def _dump(program: str, database: str, snapshot: str, writer: archive.Writer) -> None:
    command = [
        program, "--format=custom", f"--compress={COMPRESSION}", "--no-owner", "--no-privileges", "--no-password",
        "--lock-wait-timeout=30s", f"--snapshot={snapshot}", f"--dbname={conninfo(database)}",
    ]  # fmt: skip
    with tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, env=environment())
        output: IO[bytes] = child.stdout  # type: ignore[assignment]  # it is a pipe
        with child, output:
            writer.add_stream(DUMP, output)
        if child.returncode:
            complaints.seek(0)
            raise BackupProblem(f"pg_dump failed: {complaints.read().decode(errors='replace').strip()}")
