"""A short storm over a whole system, and a judge who notices what he is there to notice."""

import json
import subprocess
import sys
from dataclasses import replace

import pytest

from tests.faults.processes import ROOT
from tests.faults.storm.judge import Found, Heard, StoredOrder, StoredStep, differs, judge
from tests.faults.storm.notes import Asked, Notes, OrderAnswer, StepAnswer
from tests.faults.storm.weather import FAULTS, forecast

BODY = json.dumps({"order_id": "o1", "order_number": "CC-2026-00001", "partner_order_id": "P-1", "status": "received"})
ANSWER = OrderAnswer(partner="zon", partner_order_id="P-1", key="key-0001", status=201, replayed=False, again=False, body=BODY)
STEP = StepAnswer(order_id="o1", key="key-0002", to_status="intake_sent", body=json.dumps({"transition_id": "t2"}))
NOTES = [Asked(partner="zon", partner_order_id="P-1"), ANSWER, STEP]
ORDER = StoredOrder(partner="zon", partner_order_id="P-1", order_id="o1", order_number="CC-2026-00001")
STEPS = [
    StoredStep(order_id="o1", transition_id="t1", sequence=1, to_status="new_lead"),
    StoredStep(order_id="o1", transition_id="t2", sequence=2, to_status="intake_sent"),
    StoredStep(order_id="o1", transition_id="t3", sequence=3, to_status="intake_completed"),
    StoredStep(order_id="o1", transition_id="t4", sequence=4, to_status="cancelled"),
]
WORDS = {"zon": {"new_lead": "RECEIVED", "intake_sent": "RECEIVED", "intake_completed": "INTAKE", "cancelled": "CANCELLED"}}


def heard(*sequences: int) -> list[Heard]:
    return [Heard(way="webhook", partner="zon", partner_order_id="P-1", sequence=sequence) for sequence in sequences]


def found(**changed: object) -> Found:
    whole = Found(orders=[ORDER], steps=STEPS, heard=heard(3, 4), words=WORDS, ways={"zon": ["webhook"]})
    return replace(whole, **changed)


def test_the_judge_has_nothing_against_what_is_well():
    replay = replace(ANSWER, replayed=True, again=True)
    by_number = replace(ANSWER, key="key-0003", status=200)

    assert judge([*NOTES, replay, by_number], found()).clean


LOST = {
    "order": found(orders=[], steps=STEPS),
    "step": found(steps=[STEPS[0], *STEPS[2:]]),
    "step to elsewhere": found(steps=[STEPS[0], replace(STEPS[1], to_status="on_hold"), *STEPS[2:]]),
}


@pytest.mark.parametrize("there", LOST.values(), ids=LOST)
def test_the_judge_notices_what_was_lost(there):
    assert len(judge(NOTES, there).lost) == 1


SECOND = replace(ORDER, order_id="o2", order_number="CC-2026-00002")
DOUBLED = {
    "order": [ORDER, SECOND],
    "number": [ORDER, replace(ORDER, partner_order_id="P-2", order_id="o2")],
    "gap": [replace(ORDER, order_number="CC-2026-00002")],
    "not asked for": [ORDER, replace(SECOND, partner_order_id="P-9")],
}


@pytest.mark.parametrize("orders", DOUBLED.values(), ids=DOUBLED)
def test_the_judge_notices_what_was_doubled(orders):
    asked = [Asked(partner="zon", partner_order_id="P-2"), *NOTES]

    assert judge(asked, found(orders=orders)).doubled


OTHER = BODY.replace("00001", "00002")
CONTRADICTORY = {
    "same key, other bytes": replace(ANSWER, replayed=True, again=True, body=BODY.replace(", ", ",")),
    "same key, other status": replace(ANSWER, replayed=True, again=True, status=200),
    "same key, answered anew": replace(ANSWER, again=True),
    "same number, other order": replace(ANSWER, key="key-0003", status=200, body=OTHER),
    "same number, made anew": replace(ANSWER, key="key-0003"),
    "same step, other answer": replace(STEP, body=json.dumps({"transition_id": "t2", "sequence": 9})),
}


@pytest.mark.parametrize("note", CONTRADICTORY.values(), ids=CONTRADICTORY)
def test_the_judge_notices_two_answers(note):
    assert judge([*NOTES, note], found()).contradictory


def test_the_judge_notices_an_answer_that_is_not_what_is_stored():
    assert judge(NOTES, found(orders=[replace(ORDER, order_id="o9")])).contradictory
    assert differs(ANSWER, OTHER)
    assert not differs(ANSWER, BODY)


@pytest.mark.parametrize("came", [(3,), (4, 3), (3, 4, 4), (2, 3, 4)], ids=["missing", "out of order", "twice", "too many"])
def test_the_judge_notices_what_a_partner_did_not_hear_rightly(came):
    assert len(judge(NOTES, found(heard=heard(*came))).untold) == 1


def test_notes_are_read_as_they_were_written(tmp_path):
    notes = Notes(tmp_path / "notes")
    for note in NOTES:
        notes.write(note)

    assert list(Notes(tmp_path / "notes").read()) == NOTES


def test_a_seed_always_makes_the_same_weather():
    first = forecast(1, 60)

    assert first == forecast(1, 60) != forecast(2, 60)
    assert [strike.fault for strike in first].count("postgres") == 2
    assert {strike.fault for strike in forecast(1, 6)} == set(FAULTS)
    assert all(0 < strike.at < 60 for strike in first)


def test_a_short_storm_loses_doubles_and_contradicts_nothing():
    command = [sys.executable, "-m", "tests.faults.storm", "--seconds", "6", "--seed", "11"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads(done.stdout)
    assert [figures[name] for name in ("lost", "doubled", "contradictory", "untold", "surprises")] == [0] * 5
    assert figures["acknowledged"] > 0
    assert set(figures["faults"]) >= {"postgres", "valkey", "web_group", "worker_group"}
