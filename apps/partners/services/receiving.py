"""From a partner's message to its order: recognised, or read in the partner's words and made ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.core.transactions import in_transaction
from apps.partners.mapping import refuse_ours
from apps.partners.models import PartnerIntegration, PartnerOrderReference
from apps.partners.services.incoming import incoming_order
from apps.partners.services.intake import ReceivedMessage, accept_order, recognise_order

Shape = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class ReceivedOrder:
    """The partner's order, and whether this message made it."""

    reference: PartnerOrderReference
    created: bool


@in_transaction
def receive_order(
    *, integration: PartnerIntegration, payload: Any, shape: Shape, is_test: bool, by: User | None
) -> ReceivedOrder:
    """Take in a message of a partner, in its own words or in ours. A number that was sent before gives the first order again.

    `shape` judges a message in our own shape and gives its values; it raises Malformed for what is not in that shape.

    Raises:
        Conflict: the number is that of a test order and the message is real, or the other way round.
        Malformed: the message, its customer or its address cannot be read.
        Refused: a value has no meaning agreed with the partner, or the total is not the sum of the lines.
    """
    dialect = integration.dialect_of(payload)
    partner_order_id = dialect.partner_order_id(payload)
    known = recognise_order(integration=integration, partner_order_id=partner_order_id, payload=payload)
    if known is not None:
        _refuse_mixed(known, is_test=is_test)
        return ReceivedOrder(reference=known, created=False)
    refuse_ours(payload)
    mapped = dialect.translate(payload)
    reference = accept_order(
        integration=integration,
        incoming=incoming_order(shape(mapped.canonical)),
        message=ReceivedMessage(payload=payload, unmapped=mapped.unmapped),
        is_test=is_test,
        by=by,
    )
    return ReceivedOrder(reference=reference, created=True)


def _refuse_mixed(known: PartnerOrderReference, *, is_test: bool) -> None:
    """A real order that got a test order for its answer would never be carried out."""
    if known.order.is_test != is_test:
        raise Conflict(
            _("This number was used before, by a key of the other kind: take another one."), code="test_and_live_mixed"
        )
