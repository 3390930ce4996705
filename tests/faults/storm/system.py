"""The system that the storm goes over: services of its own, and the processes that `make run` starts, by their own command lines."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psycopg
import redis

from chargecars.environment import BASE_DIR
from chargecars.runtime import process, programs
from chargecars.runtime.configuration import Configuration
from chargecars.runtime.postgres import APPLICATION, OWNER, Cluster
from chargecars.runtime.valkey import Valkey
from tests.faults.processes import answers, eventually
from tests.faults.storm.weather import Fault

DATABASE = "storm"
DOWN = (0.5, 2.0)  # seconds that a service is away
PATIENCE = 60.0


@dataclass
class Program:
    """One of the system's programs and its children: a group of their own."""

    command: list[str]
    environment: dict[str, str]
    log: Path
    child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.child = process.start(self.command, log=log, cwd=BASE_DIR, env=self.environment)

    @property
    def has_ended(self) -> bool:
        return self.child is None or self.child.poll() is not None

    def kill(self) -> None:
        """SIGKILL for all of it, at once."""
        if self.child:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.child.pid, signal.SIGKILL)
            self.child.wait(10)

    def kill_a_child(self, chance: random.Random) -> bool:
        """SIGKILL for one of those that work; of two, mostly the one that works longest. False where there is none."""
        working = self._working_children()
        if working:
            with contextlib.suppress(ProcessLookupError):
                os.kill(working[0] if chance.random() < 0.8 else chance.choice(working), signal.SIGKILL)
        return bool(working)

    def _working_children(self) -> list[int]:
        """The oldest first: granian takes one that ends right after its start for a crash loop, and ends itself."""
        if self.has_ended or self.child is None:
            return []
        leader = self.child.pid
        try:
            children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
        except (FileNotFoundError, ProcessLookupError):
            return []
        return [int(pid) for pid in children if b"tracker" not in _command_line(pid)]


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() or b"tracker"  # one that has just ended has none
    except (FileNotFoundError, ProcessLookupError):
        return b"tracker"


@dataclass
class System:
    folder: Path
    cluster: Cluster
    valkey: Valkey
    environment: dict[str, str]
    port: int
    programs: dict[str, Program] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Services that run and tables that are made; the programs start with `start_programs`."""
        with ExitStack() as to_stop:
            cluster = Cluster(folder / "postgres")
            cluster.create()
            to_stop.callback(cluster.stop)
            cluster.start()
            cluster.prepare_roles()
            cluster.prepare_database(DATABASE)
            valkey = Valkey(folder / "valkey", throwaway=True)
            to_stop.callback(valkey.stop)
            valkey.start()
            port = process.free_port()
            data = folder / "data"
            data.mkdir()
            system = cls(folder, cluster, valkey, _environment(data, cluster, valkey, port), port)
            to_stop.callback(system.stop_programs)
            system.run("chargecars.runtime.prepare")
            yield system

    def run(self, *arguments: str) -> str:
        """Run a module of ours to its end, with what it says."""
        command = [sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=BASE_DIR, env=self.environment, check=False, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done.stdout

    def connect(self) -> psycopg.Connection:
        return psycopg.connect(self.environment["DATABASE_URL"], autocommit=True, connect_timeout=5)

    def secrets(self, kind: str) -> dict[str, str]:
        """Of the demo's partners that are at work, by their name."""
        kept = json.loads((self.folder / "data" / "demo.json").read_text())
        return {name: partner[kind] for name, partner in kept["partners"].items()}

    def start_programs(self) -> None:
        configuration = Configuration(production=False, data_dir=self.folder / "data", port=self.port)
        web = programs.web(configuration)
        web[web.index("--host") + 1] = "127.0.0.1"
        commands = {"web": web, "worker": programs.worker(configuration), "beat": programs.beat(configuration)}
        for name, command in commands.items():
            self.programs[name] = Program(command, self.environment, self.folder / f"{name}.log")
            self.programs[name].start()
        eventually(lambda: answers(self.port), seconds=PATIENCE, what="the web server answers")
        worker = self.programs["worker"].log
        eventually(lambda: b"ready." in worker.read_bytes(), seconds=PATIENCE, what="the worker is ready")

    def stop_programs(self) -> None:
        for program in self.programs.values():
            if program.child:
                process.stop(program.child, patience=5)

    def start_what_has_ended(self) -> list[str]:
        """What a service manager does; gives what had ended by itself."""
        ended = [name for name, program in self.programs.items() if program.has_ended]
        for name in ended:
            self.programs[name].kill()
            self.programs[name].start()
        return ended

    def strike(self, fault: Fault, chance: random.Random) -> bool:
        """Let it happen; False where there was nothing to hit."""
        acts: dict[Fault, Callable[[], Any]] = {
            "web_process": lambda: self.programs["web"].kill_a_child(chance),
            "web_group": self.programs["web"].kill,
            "pool_process": lambda: self.programs["worker"].kill_a_child(chance),
            "worker_group": self.programs["worker"].kill,
            "postgres": lambda: self._stop_postgres_at_once(chance),
            "flush": self._flush,
            "valkey": lambda: self._kill_valkey(chance),
        }
        return acts[fault]() is not False

    def _stop_postgres_at_once(self, chance: random.Random) -> None:
        """Immediate shutdown: no checkpoint, every connection cut; what was committed must be in the log."""
        if self.cluster.child:
            self.cluster.child.send_signal(signal.SIGQUIT)
            self.cluster.child.wait(30)
        time.sleep(chance.uniform(*DOWN))
        self.cluster.start()

    def _kill_valkey(self, chance: random.Random) -> None:
        if self.valkey.child:
            self.valkey.child.kill()
            self.valkey.child.wait(10)
        time.sleep(chance.uniform(*DOWN))
        port = self.valkey.port
        self.valkey.start()
        if self.valkey.port != port:
            raise RuntimeError("somebody took the port of Valkey")

    def _flush(self) -> None:
        with redis.Redis.from_url(self.valkey.url, socket_timeout=2) as client:
            client.flushall()


def _environment(data: Path, cluster: Cluster, valkey: Valkey, port: int) -> dict[str, str]:
    return {
        **os.environ,
        "ENVIRONMENT": "development",
        "DEMO": "1",
        "DATABASE_URL": cluster.url(APPLICATION, DATABASE),
        "MIGRATION_DATABASE_URL": cluster.url(OWNER, DATABASE),
        "REDIS_URL": valkey.url,
        "DATA_DIR": str(data),
        "PORT": str(port),
        "SECRET_KEY": "only-the-storm-signs-with-this-and-nothing-outlives-it-at-all",
        "FIELD_ENCRYPTION_KEYS": "storm:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
        "OUTBOUND_ALLOW_HOSTS": "127.0.0.1",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "INFO",
        "DJANGO_SETTINGS_MODULE": "chargecars.settings",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
