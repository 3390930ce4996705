from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.utils import translation

from tests.communication.text_messages import Texting, texting
from tests.fakes.messagebird import FakeMessageBird


@pytest.fixture
def by_day():
    """A Wednesday afternoon, when people may be disturbed."""
    with time_machine.travel(datetime(2026, 3, 4, 13, 0, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def line(db, settings, by_day) -> Iterator[Texting]:
    """A company with SMS and WhatsApp at a provider on loopback, by day."""
    provider = FakeMessageBird().start()
    settings.MESSAGEBIRD_REST_URL, settings.MESSAGEBIRD_CONVERSATIONS_URL = provider.origin, provider.conversations
    with translation.override("en"):
        yield texting(provider)
    provider.stop()
