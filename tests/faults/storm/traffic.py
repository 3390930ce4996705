"""Partners that send orders and staff that move them, each asking with the same key until there is an answer."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import Any

from apps.partners.simulator import messages
from tests.faults.storm.notes import Asked, Notes, OrderAnswer, StepAnswer

ANSWER_WITHIN = 20.0
AGAIN_SAME_KEY, AGAIN_OTHER_KEY = 0.15, 0.10  # shares of the orders that are sent once more
CHANGE = "/api/v1/status-engine/change"
WHOLE_WAY = ("intake_completed", "quote_draft", "quote_ready", "quote_sent", "cancelled")
SHORT_WAYS = (("intake_sent",), ("cancelled",), ("intake_sent", "cancelled"))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def is_replay(self) -> bool:
        return self.headers.get("idempotent-replayed") == "true"

    @property
    def is_a_good_503(self) -> bool:
        """A refusal that a machine can act upon: a problem document that says when to come back."""
        told_when = self.headers.get("retry-after", "").isdecimal()
        is_problem = self.headers.get("content-type", "").startswith("application/problem+json")
        return self.status == 503 and told_when and is_problem and json.loads(self.body)["code"] == "unavailable"


def call(port: int, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
    """One request on a connection of its own.

    Raises:
        OSError, HTTPException: there was no answer.
    """
    line = HTTPConnection("127.0.0.1", port, timeout=ANSWER_WITHIN)
    try:
        line.request(method, path, body=body, headers={"Content-Type": "application/json", **headers})
        response = line.getresponse()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read().decode())
    finally:
        line.close()


@dataclass(frozen=True)
class Placed:
    """An order that was acknowledged."""

    partner: str
    partner_order_id: str
    key: str
    message: bytes
    order_id: str
    is_whole: bool  # has address and lines, so that a quote can be made


@dataclass
class Traffic:
    """What all callers share: where to, who they are, what became of it."""

    port: int
    partners: Mapping[str, Mapping[str, Any]]
    tokens: list[str]
    notes: Notes
    seed: int
    over: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)
    to_move: list[Placed] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def until_answered(self, path: str, headers: Mapping[str, str], body: bytes, chance: random.Random) -> Reply | None:
        """Ask, with the same words, until there is an answer; None when the storm ended before."""
        while not self.over.is_set():
            try:
                reply = call(self.port, "POST", path, headers, body)
            except (OSError, HTTPException):
                self.count("unanswered")
            else:
                if reply.status < 300:
                    return reply
                self._look_at(reply, path)
            self.count("retries")
            self.over.wait(chance.uniform(0.05, 0.4))
        return None

    def _look_at(self, reply: Reply, path: str) -> None:
        self.count(f"status_{reply.status}")
        if not reply.is_a_good_503 and reply.status != 429:
            with self.lock:
                self.surprises.append(f"{path}: {reply.status} {reply.headers.get('content-type', '')} {reply.body[:400]}")

    def run(self, *, senders: int, movers: int) -> list[threading.Thread]:
        names = sorted(self.partners)
        acts: list[Callable[[random.Random], None]] = [
            Sender(self, names[number % len(names)], f"S{self.seed}N{number}").run for number in range(senders)
        ]
        acts += [Mover(self, self.tokens[number::movers]).run for number in range(movers)]
        threads = [
            threading.Thread(target=act, args=[random.Random(f"caller {self.seed} {number}")], daemon=True)
            for number, act in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        return threads


@dataclass
class Sender:
    """One line of a partner that sends orders in its dialect, and some of them again."""

    traffic: Traffic
    partner: str
    run_name: str
    placed: list[Placed] = field(default_factory=list)

    def run(self, chance: random.Random) -> None:
        for number, message in enumerate(messages(self.partner, self.run_name), start=1):
            if self.traffic.over.is_set():
                return
            self._place(message, f"storm-{self.run_name}-{number:05d}", is_whole=number % 3 == 1, chance=chance)
            again = chance.random()
            if self.placed and again < AGAIN_SAME_KEY:
                self._again(chance.choice(self.placed), other_key="", chance=chance)
            elif self.placed and again < AGAIN_SAME_KEY + AGAIN_OTHER_KEY:
                self._again(chance.choice(self.placed), other_key=f"other-{self.run_name}-{number:05d}", chance=chance)

    def _place(self, message: dict[str, Any], key: str, *, is_whole: bool, chance: random.Random) -> None:
        theirs = message["aanvraagnummer"] if self.partner == "essent" else message["order"]["reference"]
        body = json.dumps(message).encode()
        self.traffic.notes.write(Asked(partner=self.partner, partner_order_id=theirs))
        reply = self._post(key, body, chance)
        if reply is None:
            return
        self._note(reply, key, theirs, again=False)
        self.traffic.count("acknowledged")
        placed = Placed(self.partner, theirs, key, body, json.loads(reply.body)["order_id"], is_whole)
        self.placed.append(placed)
        with self.traffic.lock:
            self.traffic.to_move.append(placed)

    def _again(self, placed: Placed, *, other_key: str, chance: random.Random) -> None:
        key = other_key or placed.key
        reply = self._post(key, placed.message, chance)
        if reply is not None:
            self._note(reply, key, placed.partner_order_id, again=not other_key)
            self.traffic.count("repeats_by_number" if other_key else "repeats_by_key")

    def _post(self, key: str, body: bytes, chance: random.Random) -> Reply | None:
        headers = {"Authorization": f"Bearer {self.traffic.partners[self.partner]['api_key']}", "Idempotency-Key": key}
        reply = self.traffic.until_answered(f"/api/v1/partners/{self.partner}/orders", headers, body, chance)
        if reply is not None and reply.is_replay:
            self.traffic.count("replays")
        return reply

    def _note(self, reply: Reply, key: str, theirs: str, *, again: bool) -> None:
        self.traffic.notes.write(
            OrderAnswer(
                partner=self.partner,
                partner_order_id=theirs,
                key=key,
                status=reply.status,
                replayed=reply.is_replay,
                again=again,
                body=reply.body,
            )
        )


@dataclass
class Mover:
    """One of the staff, who takes up orders and moves them along; some are left where they are after a step."""

    traffic: Traffic
    tokens: list[str]

    def run(self, chance: random.Random) -> None:
        while not self.traffic.over.is_set():
            placed = self._next(chance)
            if placed is None:
                time.sleep(0.05)
                continue
            way = WHOLE_WAY[: chance.randint(1, len(WHOLE_WAY))] if placed.is_whole else chance.choice(SHORT_WAYS)
            self._move(placed, way, chance)

    def _next(self, chance: random.Random) -> Placed | None:
        with self.traffic.lock:
            waiting = self.traffic.to_move
            return waiting.pop(chance.randrange(len(waiting))) if waiting else None

    def _move(self, placed: Placed, way: tuple[str, ...], chance: random.Random) -> None:
        stands = "new_lead"
        for to_status in way:
            key = f"step-{placed.order_id}-{to_status}"
            body = {"entity_type": "order", "entity_id": placed.order_id, "to_status": to_status, "expected_status": stands}
            body["transition_reason"] = "Gebeld."
            headers = {"Authorization": f"Bearer {chance.choice(self.tokens)}", "Idempotency-Key": key}
            reply = self.traffic.until_answered(CHANGE, headers, json.dumps(body).encode(), chance)
            if reply is None:
                return
            self.traffic.notes.write(StepAnswer(order_id=placed.order_id, key=key, to_status=to_status, body=reply.body))
            self.traffic.count("steps")
            stands = to_status
