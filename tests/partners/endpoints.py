"""An endpoint of a partner whose answers a test decides."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4

from apps.partners.models import PartnerDelivery
from apps.partners.services.claiming import claim
from apps.partners.simulator import Answer, Received, Receiver
from tests.factories.partners import SECRET, PartnerDeliveryFactory

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Endpoint:
    """A partner's endpoint whose answers a test decides, one by one; without one left it says 204."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.receiver = Receiver({"zon": SECRET}, answer=self.answer)

    def answer(self, received: Received) -> Answer:
        return self.answers.pop(0) if self.answers else Answer()

    def heard(self) -> list[int]:
        return [call.data["sequence"] for call in self.receiver.calls]


def delivery(reference, sequence: int = 2, **fields: object) -> PartnerDelivery:
    return PartnerDeliveryFactory(
        reference=reference,
        sequence=sequence,
        body=json.dumps({"data": {"sequence": sequence, "partner_order_id": reference.partner_order_id, "name": "Zoë"}}),
        **fields,
    )


def in_hand(worker: UUID | None = None, *, places: int = 2) -> list[PartnerDelivery]:
    """What a worker takes in hand of the one endpoint there is."""
    claimed = claim(worker=worker or uuid4(), most_endpoints=8, most_rows=8, places=lambda endpoint, is_probed: places)
    return [row for rows in claimed.values() for row in rows]


def state_of(row: PartnerDelivery) -> str:
    return PartnerDelivery.objects.get(pk=row.pk).state
