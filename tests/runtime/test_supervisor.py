"""`make run` as somebody meets it: started as a process, in a folder with a space in its name."""

import itertools
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from chargecars.environment import BASE_DIR
from chargecars.runtime.process import free_port
from tests import ground

PATIENCE = 240  # many at once on a small machine
_numbers = itertools.count()


class System:
    """One `make run`, without make."""

    def __init__(self, data_dir: Path, port: int, **variables: str) -> None:
        self.data_dir, self.port = data_dir, port
        self.output = data_dir.parent / f"output of {next(_numbers)}"
        environment = {"PATH": os.environ["PATH"], "HOME": str(data_dir.parent), "PORT": str(port)}
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "chargecars.runtime"],
                cwd=BASE_DIR,
                env={**environment, "DATA_DIR": str(data_dir), **variables},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    @property
    def told(self) -> str:
        return self.output.read_text()

    def wait_until_it_says(self, text: str) -> None:
        end = time.monotonic() + PATIENCE
        while text not in self.told:
            assert self.process.poll() is None, self.told
            assert time.monotonic() < end, self.told
            time.sleep(0.05)

    def ends(self) -> int:
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.ends()

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def children(self) -> dict[int, str]:
        """All processes below ours, by their command line."""
        found = {pid: (parent, command) for pid, parent, command in _processes()}
        below = {self.process.pid}
        while more := {pid for pid, (parent, _) in found.items() if parent in below} - below:
            below |= more
        return {pid: found[pid][1] for pid in below - {self.process.pid}}


def _processes() -> list[tuple[int, int, str]]:
    processes = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            processes.append((int(entry.name), parent, command))
    return processes


def gone(pids: set[int]) -> bool:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if not pids & {pid for pid, _, command in _processes() if command}:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="module")
def folder() -> Path:
    found = Path(tempfile.mkdtemp(prefix="a folder ", dir=ground.run_folder()))
    found.chmod(0o711)  # root's PostgreSQL runs as somebody else, who must come here
    return found


@pytest.fixture(scope="module")
def running(folder: Path) -> Iterator[System]:
    system = System(folder / "data", free_port())
    try:
        system.wait_until_it_says("Ctrl-C stops it")
        yield system
    finally:
        system.stop()


def test_it_tells_where_it_is_and_is_healthy(running: System) -> None:
    assert f"http://localhost:{running.port}/admin/" in running.told
    status, body = running.get("/health/ready")
    assert (status, json.loads(body)) == (
        200,
        dict.fromkeys(["status", "database", "migrations", "redis", "rights", "jobs", "sending"], "ok"),
    )
    assert running.get("/health/live")[0] == 200
    status, metrics = running.get("/metrics")
    assert status == 200
    assert 'chargecars_request_seconds_count{method="GET",route="health/live",status="200"}' in metrics
    assert 'chargecars_waiting{kind="event",state="parked"} 0.0' in metrics
    assert running.get("/admin/login/")[0] == 200


def test_web_worker_and_beat_run(running: System) -> None:
    commands = " | ".join(running.children().values())

    for name in ("postgres -D", "valkey-server", "chargecars.asgi", "chargecars worker", "chargecars beat"):
        assert name in commands


def test_slow_uploads_do_not_stop_it(running: System) -> None:
    head = b"POST /api/v1/auth/token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
    with ExitStack() as slow:
        for _ in range(20):
            slow.enter_context(socket.create_connection(("127.0.0.1", running.port))).sendall(head)

        assert running.get("/health/live")[0] == 200


def test_its_secrets_are_for_nobody_else(running: System) -> None:
    secrets = [running.data_dir / "environment.json", running.data_dir / "valkey" / "valkey.conf"]

    assert [stat.S_IMODE(path.stat().st_mode) for path in secrets] == [0o600, 0o600]
    assert "--requirepass" not in " ".join(running.children().values())


def test_a_second_one_on_the_same_data_is_refused_by_name(running: System) -> None:
    second = System(running.data_dir, free_port())

    assert second.ends() == 1
    assert f"another `make run` uses DATA_DIR {running.data_dir}" in second.told


def test_a_dead_worker_stops_it_all_and_is_named_and_the_next_start_is_quick(running: System) -> None:
    children = running.children()
    worker = min(pid for pid, command in children.items() if "chargecars worker" in command)

    os.kill(worker, signal.SIGKILL)

    assert running.ends() == 1
    assert "worker has ended (signal SIGKILL)" in running.told
    assert gone(set(children))

    again = System(running.data_dir, running.port)
    again.wait_until_it_says("Ctrl-C stops it")
    try:
        assert "Preparing the database" not in again.told
        assert again.get("/health/ready")[0] == 200
        children = again.children()
    finally:
        assert again.stop() == 0
    assert gone(set(children))


def test_a_killed_supervisor_leaves_nothing_behind(folder: Path) -> None:
    system = System(folder / "data", free_port())
    system.wait_until_it_says("Ctrl-C stops it")
    children = system.children()

    system.process.kill()
    system.ends()

    assert gone(set(children))


def test_a_busy_port_is_named(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        system = System(folder / "other", taken.getsockname()[1])

        assert system.ends() == 1
    assert f"port {system.port} is busy" in system.told
    assert not (folder / "other").exists()


@pytest.mark.parametrize(
    ("variables", "text"),
    [
        ({"PORT": "eight"}, "PORT is 'eight'; it must be a whole number"),
        ({"PORT": "70000"}, "PORT is 70000; it must be between 1 and 65535"),
        ({"ENVIRONMENT": "prod"}, "ENVIRONMENT is 'prod'"),
        ({"ENVIRONMENT": "production"}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "REDIS_URL": "redis://127.0.0.1:1/0"}, "connection"),
    ],
)
def test_a_wrong_or_missing_setting_is_named(folder: Path, variables: dict[str, str], text: str) -> None:
    system = System(folder / "wrong", free_port(), **variables)

    assert system.ends() == 1
    assert text in system.told
