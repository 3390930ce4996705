"""What is measured: a PostgreSQL that syncs every commit, a Valkey, and servers of two processes on loopback.

The cluster stays in its folder between runs, because a million orders take a while to make.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg

from chargecars.environment import BASE_DIR
from chargecars.runtime import process
from chargecars.runtime.postgres import APPLICATION, OWNER, Cluster
from chargecars.runtime.valkey import Valkey

WEB_PROCESSES = 2
PATIENCE = 60.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Server:
    """One web server; its processes are a group of their own."""

    name: str
    port: int
    child: subprocess.Popen[bytes]

    def processor_seconds(self) -> float:
        """What its processes have used of the processors so far."""
        return sum(_ticks(pid) for pid in _session(self.child.pid)) / TICKS


def _session(leader: int) -> list[int]:
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            fields = _stat(int(entry.name))
            if fields and int(fields[3]) == leader:
                members.append(int(entry.name))
    return members


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat behind the name: state, parent, group, session, ..."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _ticks(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[11]) + int(fields[12]) if fields else 0


@dataclass
class System:
    """The services of one benchmark, by the addresses that the servers and the benchmark itself are given."""

    folder: Path
    cluster: Cluster
    environment: dict[str, str]
    valkey: Valkey
    to_stop: ExitStack = field(default_factory=ExitStack)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "data").mkdir(exist_ok=True)
        with ExitStack() as to_stop:
            cluster = Cluster(_cluster_home(folder))
            cluster.create()
            to_stop.callback(cluster.stop)
            cluster.start()
            cluster.prepare_roles()
            valkey = Valkey(folder / "valkey", throwaway=True)
            to_stop.callback(valkey.stop)
            valkey.start()
            yield cls(folder, cluster, _environment(folder, valkey), valkey, to_stop)

    def use(self, database: str) -> None:
        """Point all that is started from here on, and this process, to a database; make it where it is missing."""
        self.cluster.prepare_database(database)
        self.environment |= {
            "DATABASE_URL": self.cluster.url(APPLICATION, database),
            "MIGRATION_DATABASE_URL": self.cluster.url(OWNER, database),
        }
        os.environ.update(self.environment)
        self.run("chargecars.runtime.prepare")

    def fill(self, orders: int) -> str:
        """Make sure that there are about as many orders, with all that belongs to them; gives what was said about it."""
        with self.connect() as connection:
            (present,) = connection.execute('SELECT count(*) FROM (SELECT FROM "order" LIMIT %s) AS few', [orders]).fetchone()
        if present >= orders * 0.99:
            return f"{present} orders are there"
        return self.manage("load_bulk", "--orders", str(orders - present), "--append")

    def run(self, *arguments: str) -> str:
        """Run a module of ours to its end, with what it says."""
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=BASE_DIR, env=self._variables(), check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def manage(self, *arguments: str) -> str:
        return self.run("django", *arguments, "--settings", "chargecars.settings")

    @property
    def secrets(self) -> dict[str, dict[str, dict[str, str]]]:
        """The demo world's keys and passwords."""
        found: dict[str, dict[str, dict[str, str]]] = json.loads((self.folder / "data" / "demo.json").read_text())
        return found

    def connect(self, role: str = APPLICATION) -> psycopg.Connection:
        url = self.environment["DATABASE_URL" if role == APPLICATION else "MIGRATION_DATABASE_URL"]
        return psycopg.connect(url, autocommit=True)

    @contextmanager
    def server(self, name: str, application: str, *, interface: str, threads: int, **values: str) -> Iterator[Server]:
        """A granian of two processes in front of an application, once it answers."""
        port = process.free_port()
        command = [
            sys.executable, "-m", "granian", application, "--interface", interface, "--host", "127.0.0.1",
            "--port", str(port), "--workers", str(WEB_PROCESSES), "--http", "1", "--no-ws",
            "--http1-buffer-size", "8192", *(["--blocking-threads", str(threads)] if interface == "wsgi" else []),
        ]  # fmt: skip
        path = self.folder / f"{name}.log"
        with path.open("wb") as log:
            child = process.start(command, log=log, cwd=BASE_DIR, env=self._variables(**values))
        try:
            _wait_for(port, child, path)
            yield Server(name, port, child)
        finally:
            process.stop(child)

    @contextmanager
    def worker(self) -> Iterator[None]:
        """The worker as `make run` starts it, once it is ready, with the clockwork that finds what no bell told of."""
        command = [
            sys.executable, "-m", "celery", "--app", "chargecars", "worker", "--concurrency", "2", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", "--beat", "--schedule", str(self.folder / "schedule"),
        ]  # fmt: skip
        path = self.folder / "worker.log"
        with path.open("wb") as log:
            child = process.start(command, log=log, cwd=BASE_DIR, env=self._variables())
        try:
            end = time.monotonic() + PATIENCE
            while "ready." not in path.read_text(errors="replace"):
                if child.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"the worker did not start:\n{path.read_text(errors='replace')[-3000:]}")
                time.sleep(0.1)
            yield
        finally:
            process.stop(child)

    def _variables(self, **values: str) -> dict[str, str]:
        return {**os.environ, **self.environment, **values}


def _cluster_home(folder: Path) -> Path:
    """As root, PostgreSQL runs as somebody else, who must be able to come there."""
    return folder / "postgres"


def _environment(folder: Path, valkey: Valkey) -> dict[str, str]:
    return {
        "ENVIRONMENT": "development",
        "DATA_DIR": str(folder / "data"),
        "REDIS_URL": valkey.url,
        "SECRET_KEY": "only-the-benchmark-signs-with-this-and-nothing-outlives-it",
        "FIELD_ENCRYPTION_KEYS": "bench:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "OUTBOUND_ALLOW_HOSTS": "127.0.0.1",
        "LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "chargecars.settings",
        "PYTHONWARNINGS": "ignore",
    }


def _wait_for(port: int, child: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while process.port_is_free(port):
        if child.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.05)
    time.sleep(1.0)  # its second process too
