"""Lets the storm pass over a system of its own, and prints what the judge found as one line of JSON.

python -m tests.faults.storm [--seconds 60] [--seed 1] [--callers 6] [--keep]
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from typing import Any

import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")  # the simulator reads where the messages lie

from apps.partners.simulator import Receiver
from tests.faults.processes import eventually
from tests.faults.storm.judge import Found, Heard, Verdict, differs, judge, stored
from tests.faults.storm.notes import Notes, OrderAnswer
from tests.faults.storm.system import System
from tests.faults.storm.traffic import Traffic, call
from tests.faults.storm.weather import forecast

RECOVERS_WITHIN = 120.0
MOVERS = 2
WAITING = """
SELECT (SELECT count(*) FROM events_eventdelivery WHERE state <> 'done') + (SELECT count(*) FROM partner_delivery WHERE state <> 'done')
"""
EXAMPLES = 5


class Storm:
    """One storm over one system."""

    def __init__(self, system: System, receiver: Receiver, traffic: Traffic, *, seconds: float) -> None:
        self.system, self.receiver, self.traffic, self.seconds = system, receiver, traffic, seconds
        self.struck: Counter[str] = Counter()

    def rage(self, callers: int) -> None:
        """Faults at their times, from this thread; traffic from others, until it is over."""
        seed = self.traffic.seed
        chance = random.Random(f"faults {seed}")
        threads = self.traffic.run(senders=callers - MOVERS, movers=MOVERS)
        began = time.monotonic()
        for strike in forecast(seed, self.seconds):
            self._watch_until(began + strike.at)
            if self.system.strike(strike.fault, chance):
                self.struck[strike.fault] += 1
        self._watch_until(began + self.seconds)
        self.traffic.over.set()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive(), "a caller waits for ever"

    def _watch_until(self, moment: float) -> None:
        while True:
            self.struck.update(f"ended_{name}" for name in self.system.start_what_has_ended())
            left = moment - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(0.3, left))

    def recover(self) -> float:
        """Wait until all is up and nothing waits any more; gives how long that took."""
        began = time.monotonic()
        eventually(self._is_calm, seconds=RECOVERS_WITHIN, what="the system has caught up")
        return time.monotonic() - began

    def _is_calm(self) -> bool:
        self.struck.update(f"ended_{name}" for name in self.system.start_what_has_ended())
        with contextlib.suppress(OSError, HTTPException, psycopg.OperationalError):
            if call(self.system.port, "GET", "/health/ready", {}).status == 200:
                with self.system.connect() as connection:
                    row = connection.execute(WAITING).fetchone()
                    return row is not None and row[0] == 0
        return False

    def found(self) -> Found:
        with self.system.connect() as connection:
            found = stored(connection)
        found.heard = [*self._webhooks(), *self._calls()]
        found.words = {name: partner["words"] for name, partner in self.traffic.partners.items()}
        found.ways = {name: partner["ways"] for name, partner in self.traffic.partners.items()}
        return found

    def _webhooks(self) -> Iterator[Heard]:
        for message in self.receiver.accepted():
            partner = message.path.strip("/")
            theirs, sequence = message.data["partner_order_id"], message.data["sequence"]
            yield Heard(way="webhook", partner=partner, partner_order_id=theirs, sequence=sequence)

    def _calls(self) -> Iterator[Heard]:
        seen = set()
        for told in self.receiver.api_calls:
            if not told.problem and told.message_id not in seen:
                seen.add(told.message_id)
                yield Heard(way="api", partner="essent", partner_order_id=told.partner_order_id, sequence=told.sequence)

    def ask_the_api(self) -> list[str]:
        """What the partner's own view of each acknowledged order says otherwise than its acknowledgement."""
        answers = {note.partner_order_id: note for note in self.traffic.notes.read() if isinstance(note, OrderAnswer)}
        with ThreadPoolExecutor(4) as callers:
            return [said for said in callers.map(self._view, answers.values()) if said]

    def _view(self, answer: OrderAnswer) -> str:
        headers = {"Authorization": f"Bearer {self.traffic.partners[answer.partner]['api_key']}"}
        path = f"/api/v1/partners/{answer.partner}/orders/{answer.partner_order_id}"
        reply = call(self.system.port, "GET", path, headers)
        return differs(answer, reply.body) if reply.status == 200 else f"{path}: {reply.status} {reply.body[:200]}"

    def verify(self) -> str:
        """What the system's own checks tell; empty when they find no differences."""
        try:
            self.system.run("django", "verify")
        except RuntimeError as error:
            return str(error)
        return ""

    def report(self, verdict: Verdict, recovered_in: float) -> dict[str, Any]:
        counts = self.traffic.counts
        shown, verified = self.ask_the_api(), self.verify()
        wrong = [*verdict.lost, *verdict.doubled, *verdict.contradictory, *verdict.untold, *shown, *self.traffic.surprises]
        for line in [*wrong[:EXAMPLES], *([verified] if verified else [])]:
            sys.stderr.write(f"{line}\n")
        return {
            "seed": self.traffic.seed,
            "seconds": self.seconds,
            **{name: counts[name] for name in ("acknowledged", "steps", "replays", "repeats_by_key", "repeats_by_number")},
            "faults": dict(sorted(self.struck.items())),
            "unanswered": counts["unanswered"],
            "retries": counts["retries"],
            "answers": {name: times for name, times in sorted(counts.items()) if name.startswith("status_")},
            "told": len(self.receiver.accepted()) + len(self.receiver.api_calls),
            "lost": len(verdict.lost),
            "doubled": len(verdict.doubled),
            "contradictory": len(verdict.contradictory),
            "untold": len(verdict.untold),
            "shown_otherwise": len(shown),
            "surprises": len(self.traffic.surprises),
            "verify_clean": not verified,
            "seconds_to_recover": round(recovered_in, 1),
            "well": not wrong and not verified,
        }


def run(*, seconds: float, seed: int, callers: int, folder: Path, notes: Path) -> dict[str, Any]:
    with System.running(folder) as system, Receiver(system.secrets("webhook_secret")) as receiver:
        given = json.dumps({"api_keys": system.secrets("api_key"), "origin": receiver.origin})
        known = json.loads(system.run("tests.faults.storm.prepare", given))
        system.start_programs()
        traffic = Traffic(system.port, known["partners"], known["tokens"], Notes(notes), seed)
        storm = Storm(system, receiver, traffic, seconds=seconds)
        storm.rage(callers)
        recovered_in = storm.recover()
        return storm.report(judge(traffic.notes.read(), storm.found()), recovered_in)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.storm")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callers", type=int, default=6)
    parser.add_argument("--keep", action="store_true", help="keep the folders, with logs and notes")
    options = parser.parse_args()
    folder, beside = (Path(tempfile.mkdtemp(prefix=f"storm-{name}-")) for name in ("system", "judge"))
    folder.chmod(0o711)  # root's PostgreSQL runs as somebody else, who must be able to come there
    sys.stderr.write(f"seed {options.seed}, {options.seconds:g} s; logs in {folder}, the judge's notes in {beside}\n")
    try:
        figures = run(seconds=options.seconds, seed=options.seed, callers=options.callers, folder=folder, notes=beside / "notes")
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(beside, ignore_errors=True)
    sys.stdout.write(f"{json.dumps(figures)}\n")
    return 0 if figures["well"] else 1


if __name__ == "__main__":
    sys.exit(main())
