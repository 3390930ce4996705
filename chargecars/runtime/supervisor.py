"""Starts everything in order, tells where it is, and stops everything in the other order."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO
from urllib.error import URLError

from chargecars.environment import BASE_DIR
from chargecars.runtime import process, report
from chargecars.runtime.configuration import Configuration
from chargecars.runtime.postgres import APPLICATION, OWNER, Cluster
from chargecars.runtime.process import RuntimeProblem
from chargecars.runtime.programs import beat, web, worker
from chargecars.runtime.valkey import Valkey

DATABASE = "chargecars"
READY_PATIENCE = 60.0
LOG_LIMIT = 10_000_000


class Stopped(Exception):
    """Somebody asked us to stop."""


class Supervisor:
    """The parent of all processes of one running system."""

    def __init__(self) -> None:
        self.configuration = Configuration.from_environment()
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.to_stop = ExitStack()

    def run(self) -> int:
        began = time.monotonic()
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, self._stop_asked)
        with self.to_stop:
            try:
                self._start()
                self._wait_until_ready()
                print(report.started(self.configuration, time.monotonic() - began), flush=True)
                self._watch()
            except Stopped:
                print("\nStopping ...", flush=True)
            finally:
                self._ignore_further_signals()
        return 0

    def _stop_asked(self, sig: int, frame: FrameType | None) -> None:
        raise Stopped

    def _ignore_further_signals(self) -> None:
        """A second Ctrl-C must not leave half of the children behind."""
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sig, signal.SIG_IGN)

    def _start(self) -> None:
        self.configuration.check_port()
        self.to_stop.enter_context(self.configuration.prepare_data_dir())
        self._choose_values()
        self._prepare()
        metrics = empty(self.configuration.data_dir / "metrics")
        self.configuration.values["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        for name, program in (("worker", worker), ("beat", beat), ("web", web)):
            self._start_program(name, program(self.configuration))

    def _choose_values(self) -> None:
        """Addresses and secrets of this system; what the environment says wins."""
        conf = self.configuration
        values = conf.secrets_of_this_system()
        kept = conf.kept()
        if not os.environ.get("DATABASE_URL"):
            values |= self._start_postgres()
        elif not os.environ.get("MIGRATION_DATABASE_URL"):
            conf.notes.append("MIGRATION_DATABASE_URL is not set: migrations run as the application's role, which then owns all.")
        if not os.environ.get("REDIS_URL"):
            values["REDIS_URL"] = self._start_valkey(kept.get("REDIS_URL", ""), values.get("VALKEY_PASSWORD", ""))
        values |= {
            name: os.environ[name] for name in ("DATABASE_URL", "MIGRATION_DATABASE_URL", "REDIS_URL") if os.environ.get(name)
        }
        values["PORT"] = str(conf.port)
        conf.values = {**values, "DATA_DIR": str(conf.data_dir), "PYTHONUNBUFFERED": "1"}
        conf.keep(values)

    def _start_postgres(self) -> dict[str, str]:
        if self.configuration.production:
            raise RuntimeProblem("DATABASE_URL is not set")
        cluster = Cluster(self.configuration.cluster_home())
        cluster.create()
        self.to_stop.callback(cluster.stop)
        cluster.start()
        cluster.prepare_roles()
        cluster.prepare_database(DATABASE)
        self.configuration.embedded_database = True
        if cluster.child:
            self.children["postgres"] = cluster.child
        return {"DATABASE_URL": cluster.url(APPLICATION, DATABASE), "MIGRATION_DATABASE_URL": cluster.url(OWNER, DATABASE)}

    def _start_valkey(self, before: str, password: str) -> str:
        if self.configuration.production:
            raise RuntimeProblem("REDIS_URL is not set")
        port = before.rpartition(":")[2].partition("/")[0]
        server = Valkey(self.configuration.data_dir / "valkey", port=int(port) if port.isdecimal() else 0, password=password)
        self.to_stop.callback(server.stop)
        server.start()
        if server.child:
            self.children["valkey"] = server.child
        return server.url

    def _prepare(self) -> None:
        """Tables, rights, reference and demo data; unchanged since the last start, nothing is done."""
        command = [sys.executable, "-m", "chargecars.runtime.prepare"]
        if self.configuration.embedded_database:
            command.append("--unless-unchanged")  # a database of others may have been emptied since
        done = subprocess.run(command, cwd=BASE_DIR, env=self._environment(), check=False)
        if done.returncode:
            raise RuntimeProblem("the database could not be prepared; the reason stands above")

    def _environment(self, *, owner: bool = True) -> dict[str, str]:
        variables = {**os.environ, **self.configuration.values}
        if self.configuration.production and not owner:
            variables.pop("MIGRATION_DATABASE_URL", None)  # what serves requests does not know the owner
        return variables

    def _start_program(self, name: str, command: list[str]) -> None:
        with _log(self._log_path(name)) as log:
            child = process.start(command, log=log, cwd=BASE_DIR, env=self._environment(owner=False))
        self.children[name] = child
        self.to_stop.callback(process.stop, child)

    def _log_path(self, name: str) -> Path:
        return self.configuration.data_dir / "log" / f"{name}.log"

    def _wait_until_ready(self) -> None:
        end = time.monotonic() + READY_PATIENCE
        while not _answers(self.configuration.port, self.configuration.host_name):
            self._complain_about_the_dead()
            if time.monotonic() > end:
                raise RuntimeProblem(f"web is not ready after {READY_PATIENCE:.0f} s; see {self._log_path('web')}")
            time.sleep(0.1)

    def _watch(self) -> None:
        while True:
            self._complain_about_the_dead()
            time.sleep(0.5)

    def _complain_about_the_dead(self) -> None:
        for name, child in self.children.items():
            code = child.poll()
            if code is not None:
                path = self._log_path(name)
                tail = path.read_text(errors="replace").splitlines()[-12:] if path.exists() else []
                how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
                raise RuntimeProblem("\n  ".join([f"{name} has ended ({how}), so everything is stopped. Its last lines:", *tail]))


def _answers(port: int, host_name: str) -> bool:
    question = urllib.request.Request(f"http://127.0.0.1:{port}/health/ready", headers={"Host": host_name})
    try:
        with urllib.request.urlopen(question, timeout=5) as answer:  # noqa: S310 - our own loopback address
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def _log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LOG_LIMIT:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
