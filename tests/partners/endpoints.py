"""An endpoint of a partner whose answers a test decides."""

import json
from datetime import UTC, datetime

from apps.partners.models import PartnerDelivery
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


def state_of(row: PartnerDelivery) -> str:
    return PartnerDelivery.objects.get(pk=row.pk).state
