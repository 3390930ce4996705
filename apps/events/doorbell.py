"""Tells the worker that something is due. Nothing depends on its being heard: the sweep finds what it missed."""

import time

import structlog
from celery import current_app
from kombu.exceptions import OperationalError

DELIVER = "events.deliver"
QUIET_SECONDS = 10.0
EXPIRES_SECONDS = 60

log = structlog.get_logger(__name__)


class Doorbell:
    """Rings, unless it was out of order a moment ago: a dead broker costs a caller one short wait, not each one."""

    def __init__(self) -> None:
        self._quiet_until = 0.0

    def ring(self) -> None:
        if time.monotonic() < self._quiet_until:
            return
        try:
            # By name: the process that rings need not have loaded the tasks.
            current_app.send_task(
                DELIVER, retry=False, ignore_result=True, expires=EXPIRES_SECONDS
            )
        except (OperationalError, OSError) as error:
            self._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning(
                "doorbell_out_of_order", error=str(error), quiet_seconds=QUIET_SECONDS
            )


doorbell = Doorbell()
