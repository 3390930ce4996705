"""Starts the throw-away services of a test run and makes its databases."""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from chargecars.runtime.postgres import APPLICATION, OWNER, SUPERUSER, Cluster
from chargecars.runtime.process import reachable_by_all

TEMPLATE = "chargecars_template"
FURNISHED = "chargecars_furnished"  # the same with the reference data
SETTINGS = {
    "ENVIRONMENT": "test",
    "DEMO": "0",
    "SECRET_KEY": "test-only-secret-key-of-more-than-fifty-characters-0123456789",
    "FIELD_ENCRYPTION_KEYS": "test:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "PUBLIC_BASE_URL": "http://testserver",
    "REDIS_URL": "redis://127.0.0.1:1/0",  # nothing listens there: a test that needs Redis asks for `redis_url`
    "LOG_LEVEL": "WARNING",
}


@dataclass
class Ground:
    folder: Path | None = None
    cluster: Cluster | None = None


_ground = Ground()


def prepare_environment() -> None:
    """In the run's first process: lay the folder and the cluster. Its workers inherit the addresses."""
    if "CHARGECARS_TEST_FOLDER" in os.environ:
        return
    _ground.folder = _reachable_temporary_folder()
    atexit.register(clear)  # also when the run ends before pytest has begun
    os.environ["CHARGECARS_TEST_FOLDER"] = str(_ground.folder)
    os.environ.update(SETTINGS, DATA_DIR=str(_ground.folder / "data"))
    (_ground.folder / "data" / "static").mkdir(parents=True)
    if "DATABASE_URL" in os.environ:
        os.environ["CHARGECARS_TEST_ADMIN_URL"] = os.environ["MIGRATION_DATABASE_URL"]
        return
    cluster = _ground.cluster = Cluster(_ground.folder / "pg", throwaway=True)
    cluster.create()
    cluster.start()
    cluster.prepare_roles()
    os.environ["CHARGECARS_TEST_ADMIN_URL"] = cluster.url(SUPERUSER, "postgres")
    os.environ["DATABASE_URL"] = cluster.url(APPLICATION, TEMPLATE)
    os.environ["MIGRATION_DATABASE_URL"] = cluster.url(OWNER, TEMPLATE)


def _reachable_temporary_folder() -> Path:
    """Root's PostgreSQL runs as somebody else, who must be able to come there."""
    bases = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]
    base = next((base for base in bases if os.geteuid() != 0 or reachable_by_all(base)), bases[0])
    folder = Path(tempfile.mkdtemp(prefix="chargecars-", dir=base))
    folder.chmod(0o711)
    return folder


def clear() -> None:
    if _ground.cluster:
        _ground.cluster.stop()
        _ground.cluster = None
    if _ground.folder:
        shutil.rmtree(_ground.folder, ignore_errors=True)


def run_folder() -> Path:
    return Path(os.environ["CHARGECARS_TEST_FOLDER"])


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Between the processes of a run: cloning is refused while somebody else looks at the template."""
    with (run_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def address(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


def admin() -> psycopg.Connection:
    return psycopg.connect(address(os.environ["CHARGECARS_TEST_ADMIN_URL"], "postgres"), autocommit=True)


def admin_of(database: str) -> psycopg.Connection:
    """Who may do anything in a database, also give rights that are not to be given."""
    return psycopg.connect(address(os.environ["CHARGECARS_TEST_ADMIN_URL"], database), autocommit=True)


def owner(database: str) -> psycopg.Connection:
    return psycopg.connect(address(os.environ["MIGRATION_DATABASE_URL"], database), autocommit=True)


def exists(name: str) -> bool:
    with admin() as connection:
        return connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None


def create(name: str, template: str | None = None) -> None:
    role = psycopg.conninfo.conninfo_to_dict(os.environ["MIGRATION_DATABASE_URL"])["user"]
    source = f' TEMPLATE "{template}" STRATEGY file_copy' if template else ""
    with admin() as connection:
        connection.execute(f'CREATE DATABASE "{name}" OWNER "{role}"{source}')


def drop(name: str) -> None:
    with admin() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
