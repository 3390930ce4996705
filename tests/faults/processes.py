"""Real processes of the system for a test to kill: each in a group of its own, ended by its own id, never outliving a test."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from tests import ground

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
_open = build_opener(ProxyHandler({})).open


def eventually(condition: Callable[[], bool], *, seconds: float = PATIENCE, what: str = "") -> None:
    """Wait until something is so; fail when it never is."""
    ends_at = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends_at, f"not within {seconds:g} seconds: {what or condition}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Process:
    """One running program and its children."""

    child: subprocess.Popen[bytes]
    log: Path

    @classmethod
    def start(cls, arguments: list[str], *, environment: dict[str, str], log: Path) -> Self:
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", *arguments],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        return cls(child, log)

    def kill(self) -> None:
        """SIGKILL for the whole group: nothing of it gets to say goodbye."""
        if self.child.poll() is None:
            os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait(10)

    def said(self) -> str:
        return self.log.read_text(errors="replace")


@dataclass(frozen=True)
class House:
    """The environment of the processes of one test: its database, its Redis, its folder."""

    database: str
    redis_url: str
    folder: Path

    def environment(self, **changed: str) -> dict[str, str]:
        return (
            os.environ
            | {
                "ENVIRONMENT": "development",  # the test environment has no broker
                "DEMO": "0",
                "DATABASE_URL": ground.address(os.environ["DATABASE_URL"], self.database),
                "MIGRATION_DATABASE_URL": ground.address(os.environ["MIGRATION_DATABASE_URL"], self.database),
                "REDIS_URL": self.redis_url,
                "DATA_DIR": str(self.folder),
                "OUTBOUND_ALLOW_HOSTS": "127.0.0.1",
                "PYTHONWARNINGS": "ignore",
            }
            | changed
        )

    @contextmanager
    def worker(self, *, clockwork: bool = False) -> Iterator[Process]:
        """A worker that is ready; with its own clockwork if asked."""
        arguments = ["celery", "--app", "chargecars", "worker", "--concurrency", "1", "--loglevel", "INFO"]
        arguments += ["--without-gossip", "--without-mingle", *(["--beat"] if clockwork else [])]
        log = self.folder / f"worker-{time.monotonic_ns()}.log"
        process = Process.start(arguments, environment=self.environment(), log=log)
        try:
            eventually(lambda: "ready." in process.said() or process.child.poll() is not None, what="the worker is ready")
            assert process.child.poll() is None, process.said()
            yield process
        finally:
            process.kill()

    @contextmanager
    def web(self, *, port: int, **changed: str) -> Iterator[Process]:
        """A web server on loopback that answers."""
        arguments = ["granian", "chargecars.asgi:application", "--interface", "asginl", "--host", "127.0.0.1"]
        arguments += ["--port", str(port), "--workers", "1", "--no-ws"]
        log = self.folder / f"web-{time.monotonic_ns()}.log"
        process = Process.start(arguments, environment=self.environment(**changed), log=log)
        try:
            eventually(lambda: answers(port) or process.child.poll() is not None, what="the web server answers")
            assert process.child.poll() is None, process.said()
            yield process
        finally:
            process.kill()


def answers(port: int) -> bool:
    try:
        with _open(f"http://127.0.0.1:{port}/health/live", timeout=2):
            return True
    except (URLError, OSError):
        return False
