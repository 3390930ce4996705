"""Claim, call, record. A row is claimed in one transaction, sent in none, and settled in another.

Calls run side by side, at most two to one endpoint, so that a partner that hangs keeps nobody else waiting. An endpoint
that takes everything is given more at a time, which spares the database; at its first failure what it had not been sent
yet is put back.
"""

import json
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from uuid import uuid4

from django.core.exceptions import ValidationError

from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.retries import MAX_ATTEMPTS
from apps.events.queries import sending_is_held
from apps.partners.choices import DeliveryChannel
from apps.partners.clients import partner_api, webhooks
from apps.partners.clients.outcome import Outcome
from apps.partners.models import PartnerDelivery
from apps.partners.queries import Endpoint
from apps.partners.services.claiming import LEASE, claim, put_back
from apps.partners.services.recording import Made, record
from apps.partners.wording import WordingFailed

AT_ONCE = 8
AT_ONCE_PER_ENDPOINT = 2
MOST_IN_HAND = 32
RECORDED_TOGETHER = 16
LOOK_EVERY = 0.1
CALL_SECONDS = 12.0  # more than the longest call takes; what has less left of its lease is not begun


def send_due(*, limit: int = 200, seconds: float = 20.0) -> int:
    """Send what is due until nothing is, `limit` were sent or time is up; gives how many calls were made.

    Any number of workers may do so at once. A worker that dies leaves its claims to lapse.
    """
    if sending_is_held():
        return 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return _Round(pool, limit=limit, ends_at=time.monotonic() + seconds).go()


@dataclass(frozen=True)
class _Hand:
    """Rows of one endpoint that were claimed together and not sent yet, and until when one of them may be begun."""

    rows: deque[PartnerDelivery]
    good_until: float


class _Round:
    """One round of one worker: what it has in hand, what is under way, and what is still to be written down."""

    def __init__(self, pool: Executor, *, limit: int, ends_at: float) -> None:
        self._pool, self._left, self._ends_at = pool, limit, ends_at
        self._worker = uuid4()
        self._hands: dict[Endpoint, _Hand] = {}
        self._calling: dict[Future[Outcome], PartnerDelivery] = {}
        self._to_record: list[Made] = []
        self._paces: dict[Endpoint, int] = {}
        self._looks_at = 0.0

    def go(self) -> int:
        """Work until nothing is left to do, and nothing is left in hand."""
        made = 0
        while True:
            self._put_back_what_is_late()
            self._take()
            made += self._begin()
            if not self._calling:
                return made
            finished, _rest = wait(self._calling, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
            self._to_record += [(self._calling.pop(future), future.result()) for future in finished]
            if self._is_ripe(waited=not finished):
                self._record()

    def _take(self) -> None:
        """Take more in hand when nothing is, and now and then for the endpoints of which nothing is."""
        now = time.monotonic()
        room = self._left - sum(len(hand.rows) for hand in self._hands.values())
        if now >= self._ends_at or room <= 0 or (self._hands and now < self._looks_at):
            return
        self._looks_at = now + LOOK_EVERY
        claimed = claim(
            worker=self._worker,
            most_endpoints=AT_ONCE - len(self._calling),
            most_rows=room,
            places=self._places,
        )
        for endpoint, rows in claimed.items():
            self._hands[endpoint] = _Hand(deque(rows), now + LEASE.total_seconds() - CALL_SECONDS)

    def _places(self, endpoint: Endpoint, is_probed: bool) -> int:  # noqa: FBT001  # what `claim` calls it with
        """How many more rows of an endpoint to take in hand."""
        at_once = 1 if is_probed else AT_ONCE_PER_ENDPOINT
        if endpoint in self._hands or self._under_way(endpoint) >= at_once:
            return 0
        return 1 if is_probed else self._paces.get(endpoint, AT_ONCE_PER_ENDPOINT)

    def _under_way(self, endpoint: Endpoint) -> int:
        return sum(_endpoint_of(row) == endpoint for row in self._calling.values())

    def _begin(self) -> int:
        begun = 0
        for endpoint, hand in list(self._hands.items()):
            while hand.rows and len(self._calling) < AT_ONCE and self._under_way(endpoint) < AT_ONCE_PER_ENDPOINT:
                row = hand.rows.popleft()
                self._calling[_begin(row, self._pool)] = row
                begun += 1
            if not hand.rows:
                del self._hands[endpoint]
        self._left -= begun
        return begun

    def _is_ripe(self, *, waited: bool) -> bool:
        """Whether to write down what came of the calls so far: often enough, and seldom enough to do many at once."""
        if not self._to_record:
            return False
        is_enough = waited or len(self._to_record) >= RECORDED_TOGETHER or not self._hands
        return is_enough or any(not outcome.ok for _row, outcome in self._to_record)

    def _record(self) -> None:
        made, self._to_record = self._to_record, []
        record(made)
        for endpoint in {_endpoint_of(row) for row, _outcome in made}:
            if all(outcome.ok for row, outcome in made if _endpoint_of(row) == endpoint):
                self._paces[endpoint] = min(2 * self._paces.get(endpoint, AT_ONCE_PER_ENDPOINT), MOST_IN_HAND)
            else:
                self._paces.pop(endpoint, None)
                self._put_back(endpoint)

    def _put_back_what_is_late(self) -> None:
        now = time.monotonic()
        for endpoint, hand in list(self._hands.items()):
            if now >= min(hand.good_until, self._ends_at):
                self._put_back(endpoint)

    def _put_back(self, endpoint: Endpoint) -> None:
        hand = self._hands.pop(endpoint, None)
        if hand:
            put_back(hand.rows, worker=self._worker)


def _endpoint_of(delivery: PartnerDelivery) -> Endpoint:
    return Endpoint(delivery.integration_id, delivery.channel)


def _begin(delivery: PartnerDelivery, pool: Executor) -> Future[Outcome]:
    """The call under way. One that cannot be made fails like a call, and so stops nobody else's."""
    if delivery.attempts > MAX_ATTEMPTS:
        return _failed("worker_lost", "The worker that was to send it did not come back.")
    try:
        call = call_of(delivery)
    except SecretUnreadable as error:
        return _failed("secret_unreadable", str(error))
    except ValidationError as error:
        return _failed("credentials_invalid", " ".join(error.messages))
    except WordingFailed as error:
        return _failed("wording_failed", str(error))
    return pool.submit(send, call)


def send(call: webhooks.Call | partner_api.Call) -> Outcome:
    """Make a call of either kind."""
    return webhooks.send(call) if isinstance(call, webhooks.Call) else partner_api.send(call)


def call_of(delivery: PartnerDelivery) -> webhooks.Call | partner_api.Call:
    """All that is needed to send a message, read before the call so that the call needs no database.

    Raises:
        SecretUnreadable, ValidationError, WordingFailed: it cannot be made as the integration is now.
    """
    if delivery.channel == DeliveryChannel.WEBHOOK:
        integration = delivery.integration
        return webhooks.Call(
            webhook_id=delivery.webhook_id,
            url=integration.webhook_url,
            body=delivery.body,
            secrets=integration.signing_secrets(),
        )
    return _api_call_of(delivery)


def _api_call_of(delivery: PartnerDelivery) -> partner_api.Call:
    integration, wording = delivery.integration, delivery.integration.status_call
    message = json.loads(delivery.body)
    told = message["data"] | {"type": message["type"], "timestamp": message["timestamp"]}
    return partner_api.Call(
        message_id=delivery.webhook_id,
        method=wording.method,
        url=wording.address(integration.api_base_url, told, api_version=integration.api_version),
        body=wording.worded(told),
        proof=integration.proof(),
    )


def _failed(code: str, detail: str) -> Future[Outcome]:
    future: Future[Outcome] = Future()
    future.set_result(Outcome(started_at=clock.now(), elapsed_ms=0, error_code=code, error_detail=detail, final=True))
    return future
