import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chargecars.environment import BASE_DIR
from chargecars.runtime import process
from tests.benchmarks.load import Line, request_of
from tests.benchmarks.probe import probe
from tests.benchmarks.system import System

WORKERS = 2
KILLED_AT = (0.3, 0.6)  # of all: then one of them is killed, and another takes its place
PATIENCE = 600.0
# What a worker that died had claimed is due when its lease runs out: nobody waits five minutes for that here.
LEASES_RUN_OUT = "UPDATE communication_message SET next_attempt_at = now() WHERE delivery_status = 'sending'"


@dataclass
class NotificationsAct:
    """Text messages through workers of which some die, to a provider on loopback."""

    system: System
    say: Callable[[str], None]
    count: int

    def run(self, goal: Callable[..., None]) -> None:
        with self._provider() as port:
            self.system.environment["MESSAGEBIRD_REST_URL"] = f"http://127.0.0.1:{port}"
            wanted = int(self.system.run("tests.benchmarks.notifications.prepare", str(self.count)))
            seconds = self._send_all(port, wanted)
            told = self._told(port)
            rate = told["taken"] / seconds
        self.say(f"\nNotifications   ({probe(self.system.folder)})")
        self.say(f"  {told['taken']} of {wanted}, {len(KILLED_AT)} workers killed, {told['twice']} twice: {rate:.0f}/s")
        goal("notifications", "a second", rate, 100)
        goal("notifications", "lost", wanted - told["taken"], 0, at_most=True)
        goal("notifications", "twice", told["twice"], 0, at_most=True)

    def _send_all(self, port: int, wanted: int) -> float:
        """Until all are sent or workers give up; gives the seconds from the first to the last but those of the dead."""
        workers = [self._worker() for _ in range(WORKERS)]
        to_kill = [int(wanted * share) for share in KILLED_AT]
        ends_at = time.monotonic() + PATIENCE
        taken, first, last = 0, 0.0, 1.0
        try:
            while any(worker.poll() is None for worker in workers) and time.monotonic() < ends_at:
                now = self._told(port)["taken"]
                if now > taken:
                    taken, last = now, time.monotonic()
                    first = first or last
                if to_kill and taken >= to_kill[0]:
                    to_kill.pop(0)
                    victim = workers.pop(0)
                    victim.kill()
                    victim.wait()
                    workers.append(self._worker())
                time.sleep(0.05)
            with self.system.connect() as connection:
                connection.execute(LEASES_RUN_OUT)
            workers.append(self._worker())
            workers[-1].wait(PATIENCE)
        finally:
            for worker in workers:
                process.stop(worker)
        return last - first

    def _worker(self) -> subprocess.Popen[bytes]:
        with (self.system.folder / "notifications.log").open("ab") as log:
            command = [sys.executable, "-m", "tests.benchmarks.notifications.worker"]
            return process.start(command, log=log, cwd=BASE_DIR, env=self.system._variables())

    @contextmanager
    def _provider(self) -> Iterator[int]:
        port = process.free_port()
        with (self.system.folder / "provider.log").open("wb") as log:
            command = [sys.executable, "-m", "tests.benchmarks.notifications.provider", str(port)]
            child = process.start(command, log=log, cwd=BASE_DIR)
        try:
            while process.port_is_free(port):
                time.sleep(0.05)
            yield port
        finally:
            process.stop(child)

    def _told(self, port: int) -> dict[str, int]:
        with Line(port) as line:
            told: dict[str, int] = json.loads(line.ask(request_of("GET", "/", headers={})).body)
        return told
