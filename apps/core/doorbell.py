"""Tells the worker that something is due. Nothing depends on its being heard: each bell's clockwork finds what it missed."""

import time
from contextlib import suppress
from functools import cache
from typing import ClassVar

import redis
import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from apps.core.errors import Unavailable

QUIET_SECONDS = 30.0
MARK_MS = 5_000  # a worker that takes longer to come is rung for again
EXPIRES_SECONDS = 60

log = structlog.get_logger(__name__)


@cache
def _broker(url: str) -> redis.Redis:
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)


class Doorbell:
    """Rings for one task, unless the broker was out a moment ago: that costs a caller one short wait, not each one."""

    _quiet_until: ClassVar[float] = 0.0  # one broker, so one silence for all bells

    def __init__(self, task: str) -> None:
        self.task = task

    def ring(self) -> None:
        """Wake the worker, unless somebody did and it has not come yet: then it will find our row too."""
        if time.monotonic() < Doorbell._quiet_until or self._is_ringing():
            return
        try:
            # By name: the process that rings need not have loaded the tasks. Not with retry=False: kombu then tries to
            # connect for six seconds, while under the settings' retry policy it gives up at once.
            current_app.send_task(self.task, ignore_result=True, expires=EXPIRES_SECONDS)
        except (OperationalError, OSError) as error:
            Doorbell._quiet_until = time.monotonic() + QUIET_SECONDS
            log.warning("doorbell_out_of_order", task=self.task, error=str(error), quiet_seconds=QUIET_SECONDS)

    def _is_ringing(self) -> bool:
        with suppress(redis.RedisError, OSError):
            return not _broker(settings.REDIS_URL).set(self._mark, b"1", nx=True, px=MARK_MS)
        return False

    def answer(self) -> None:
        """The worker has come: whoever rings from here on rings anew. Called before it looks for work, not after."""
        with suppress(redis.RedisError, OSError):  # the mark ends by itself
            _broker(settings.REDIS_URL).delete(self._mark)

    @property
    def _mark(self) -> str:
        return f"bell:{self.task}"

    def ring_after_commit(self) -> None:
        """Once per transaction, however much in it is due."""
        waiting = (function for _ids, function, *_rest in transaction.get_connection().run_on_commit)
        if self.ring not in waiting:
            transaction.on_commit(self.ring, robust=True)


def order(task: str, headers: dict[str, str]) -> None:
    """Have the worker run a task because a person asked: unlike a bell, its being heard matters.

    Raises:
        Unavailable: the broker does not answer.
    """
    try:
        current_app.send_task(task, ignore_result=True, headers=headers)
    except (OperationalError, OSError) as error:
        raise Unavailable(_("The worker cannot be reached now. Please try again.")) from error
