"""A transaction that the database broke off for another's sake is done again; any other failure is told."""

import pytest
from django.db import OperationalError
from psycopg import errors as pg

from apps.core.errors import Unavailable
from apps.core.transactions import ATTEMPTS, retrying


def broken_off(times):
    """Work that the database breaks off so many times, and the list of its attempts."""
    attempts = []

    def work():
        attempts.append(len(attempts) + 1)
        if len(attempts) <= times:
            raise OperationalError from pg.DeadlockDetected()
        return "done"

    return work, attempts


def test_a_deadlock_is_retried():
    work, attempts = broken_off(times=2)

    assert retrying(work) == "done"
    assert attempts == [1, 2, 3]


def test_a_third_deadlock_is_told_as_unavailable():
    work, attempts = broken_off(times=ATTEMPTS)

    with pytest.raises(Unavailable):
        retrying(work)

    assert len(attempts) == ATTEMPTS


def test_a_lost_connection_is_not_retried():
    attempts = []

    def work():
        attempts.append(1)
        raise OperationalError from pg.AdminShutdown()

    with pytest.raises(OperationalError):
        retrying(work)

    assert attempts == [1]
