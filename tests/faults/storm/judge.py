"""Holds what was acknowledged against what is there. Knows no code of the system: its tables, and what it said."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import psycopg

from tests.faults.storm.notes import Asked, Note, OrderAnswer, StepAnswer

Place = tuple[str, str]  # a partner, and its own number of an order


@dataclass(frozen=True, kw_only=True)
class StoredOrder:
    partner: str
    partner_order_id: str
    order_id: str
    order_number: str

    @property
    def place(self) -> Place:
        return self.partner, self.partner_order_id


@dataclass(frozen=True, kw_only=True)
class StoredStep:
    order_id: str
    transition_id: str
    sequence: int
    to_status: str


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A message that an endpoint accepted, each once, in the order in which they came."""

    way: str  # webhook or api
    partner: str
    partner_order_id: str
    sequence: int


@dataclass(kw_only=True)
class Found:
    """What is there when the storm is over."""

    orders: list[StoredOrder]
    steps: list[StoredStep]
    heard: list[Heard] = field(default_factory=list)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # each partner's word for a status
    ways: Mapping[str, Iterable[str]] = field(default_factory=dict)  # by which each partner hears of us


@dataclass
class Verdict:
    """What does not hold, in words; nothing, if all is well."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    contradictory: list[str] = field(default_factory=list)
    untold: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.contradictory or self.untold)


def judge(notes: Iterable[Note], found: Found) -> Verdict:
    notes = list(notes)
    answers = [note for note in notes if isinstance(note, OrderAnswer)]
    steps = [note for note in notes if isinstance(note, StepAnswer)]
    asked = {(note.partner, note.partner_order_id) for note in notes if isinstance(note, Asked)}
    return Verdict(
        lost=[*_lost_orders(answers, found), *_lost_steps(steps, found)],
        doubled=[*_doubled(found), *_unasked(asked, found)],
        contradictory=[*_two_answers(answers), *_two_steps(steps), *_another_than_stored(answers, found)],
        untold=list(_untold(found)),
    )


def _lost_orders(answers: list[OrderAnswer], found: Found) -> Iterator[str]:
    stored = {order.place for order in found.orders}
    for place in dict.fromkeys((answer.partner, answer.partner_order_id) for answer in answers):
        if place not in stored:
            yield f"order {place} was acknowledged and is not there"


def _lost_steps(steps: list[StepAnswer], found: Found) -> Iterator[str]:
    stored = {step.transition_id: step for step in found.steps}
    for step in steps:
        there = stored.get(step.said["transition_id"])
        if there is None or (there.order_id, there.to_status) != (step.order_id, step.to_status):
            yield f"the step of {step.order_id} to {step.to_status} was acknowledged and is not in its history"


def _doubled(found: Found) -> Iterator[str]:
    for place, times in Counter(order.place for order in found.orders).items():
        if times > 1:
            yield f"order {place} is there {times} times"
    for number, times in Counter(order.order_number for order in found.orders).items():
        if times > 1:
            yield f"number {number} was given {times} times"
    taken = sorted(int(order.order_number.rpartition("-")[2]) for order in found.orders)
    if taken != list(range(1, len(taken) + 1)):
        yield f"the numbers of {len(taken)} orders are not 1 to {len(taken)}"


def _unasked(asked: set[Place], found: Found) -> Iterator[str]:
    for order in found.orders:
        if order.place not in asked:
            yield f"order {order.order_number} is there and nobody sent it"


def _two_answers(answers: list[OrderAnswer]) -> Iterator[str]:
    """One key has one answer, byte for byte; one number of a partner has one order; a repeat says that it is one."""
    by_key: dict[Place, OrderAnswer] = {}
    by_place: dict[Place, OrderAnswer] = {}
    for answer in answers:
        first = by_key.setdefault((answer.partner, answer.key), answer)
        if (answer.status, answer.body) != (first.status, first.body):
            yield f"key {answer.key} was answered {first.status} {first.body} and {answer.status} {answer.body}"
        if answer.again and not answer.replayed:
            yield f"key {answer.key} was answered anew"
        first = by_place.setdefault((answer.partner, answer.partner_order_id), answer)
        if answer.said != first.said:
            yield f"order {answer.partner_order_id} was answered {first.body} and {answer.body}"
        elif answer.key != first.key and answer.status != 200:
            yield f"order {answer.partner_order_id} was made anew for key {answer.key}"


def _two_steps(steps: list[StepAnswer]) -> Iterator[str]:
    by_key: dict[str, StepAnswer] = {}
    for step in steps:
        if step.body != by_key.setdefault(step.key, step).body:
            yield f"key {step.key} was answered {by_key[step.key].body} and {step.body}"


def _another_than_stored(answers: list[OrderAnswer], found: Found) -> Iterator[str]:
    stored = {order.place: order for order in found.orders}
    for answer in answers:
        order = stored.get((answer.partner, answer.partner_order_id))
        said = (answer.said["order_id"], answer.said["order_number"])
        if order and said != (order.order_id, order.order_number):
            yield f"order {answer.partner_order_id} was answered as {said[1]} and is {order.order_number}"


def _untold(found: Found) -> Iterator[str]:
    """Each partner heard of every step that it has a word for, once and in their order; not twice the same word."""
    heard: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for message in found.heard:
        heard[message.way, message.partner, message.partner_order_id].append(message.sequence)
    steps: dict[str, list[StoredStep]] = defaultdict(list)
    for step in sorted(found.steps, key=lambda step: step.sequence):
        steps[step.order_id].append(step)
    for order in found.orders:
        due = _to_be_told(steps[order.order_id], found.words.get(order.partner, {}))
        for way in found.ways.get(order.partner, ()):
            if heard[way, *order.place] != due:
                yield f"{order.place} heard {heard[way, *order.place]} by {way}, and should have heard {due}"


def _to_be_told(steps: list[StoredStep], words: Mapping[str, str]) -> list[int]:
    due: list[int] = []
    last: str | None = None
    for step in steps:
        word = words.get(step.to_status)
        if word is None or word == last:
            continue
        if step.sequence > 1:  # the intake's answer told of the first
            due.append(step.sequence)
        last = word
    return due


ORDERS = """
SELECT coalesce(partner.slug, ''), coalesce(reference.partner_order_id, ''), "order".id::text, "order".order_number
FROM "order"
LEFT JOIN partner_order_reference AS reference ON reference.order_id = "order".id
LEFT JOIN organization AS partner ON partner.id = reference.partner_organization_id
"""
STEPS = "SELECT entity_id::text, id::text, sequence, to_status FROM status_transitions WHERE entity_type = 'order'"


def stored(connection: psycopg.Connection) -> Found:
    return Found(
        orders=[
            StoredOrder(partner=partner, partner_order_id=theirs, order_id=key, order_number=number)
            for partner, theirs, key, number in connection.execute(ORDERS)
        ],
        steps=[
            StoredStep(order_id=order, transition_id=key, sequence=sequence, to_status=to_status)
            for order, key, sequence, to_status in connection.execute(STEPS)
        ],
    )


def differs(answer: OrderAnswer, shown: str) -> str:
    """What the partner's own view of an order says otherwise than its acknowledgement; empty if nothing."""
    view = json.loads(shown)
    same = ("order_id", "order_number", "partner_order_id")
    if any(view.get(name) != answer.said[name] for name in same):
        return f"order {answer.partner_order_id} was answered {answer.body} and is shown as {shown}"
    return ""
