from datetime import timedelta

import pytest

from apps.core.retries import LADDER, MAX_ATTEMPTS, next_attempt_after


@pytest.mark.parametrize("attempts", range(MAX_ATTEMPTS))
def test_a_wait_lies_within_a_fifth_of_its_rung(attempts):
    for _ in range(50):
        assert LADDER[attempts] * 0.8 <= next_attempt_after(attempts) <= LADDER[attempts] * 1.2


def test_after_the_last_rung_it_is_parked():
    assert next_attempt_after(MAX_ATTEMPTS) is None
    assert next_attempt_after(MAX_ATTEMPTS, timedelta(seconds=1)) is None


def test_waits_are_spread():
    assert len({next_attempt_after(5) for _ in range(20)}) > 1


def test_a_longer_wait_that_the_other_side_asks_for_is_honoured_up_to_a_day():
    assert next_attempt_after(1, timedelta(minutes=30)) == timedelta(minutes=30)
    assert next_attempt_after(1, timedelta(days=9)) == timedelta(hours=24)


def test_a_shorter_wait_does_not_hurry_us():
    assert next_attempt_after(4, timedelta(seconds=1)) >= LADDER[4] * 0.8
