"""Tells the worker that something is to be sent. Nothing depends on its being heard: the clockwork finds what it missed."""

from functools import partial

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

SEND = "partners.send_due"

log = structlog.get_logger(__name__)


def ring_after_commit() -> None:
    transaction.on_commit(partial(_ring, SEND), robust=True)


def _ring(task: str) -> None:
    try:
        current_app.send_task(task, retry=False, ignore_result=True, expires=60)
    except (OperationalError, OSError) as error:
        log.warning("doorbell_out_of_order", task=task, error=str(error))
