"""How satisfied the customer is: asked once a ticket is resolved, by a link that opens this and nothing else."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.errors import Refused
from apps.core.transactions import in_transaction
from apps.support.choices import SETTLED, CommentType
from apps.support.models import Ticket
from apps.support.services.conversation import write_comment
from apps.support.services.reading import lock_ticket
from apps.support.texts import plain

SALT = "support.rating"
COMMENT_LENGTH = 2_000


def rating_link(ticket: Ticket) -> str:
    """Where a customer says how satisfied they are."""
    return f"{settings.PUBLIC_BASE_URL}/rate/{rating_token(ticket)}"


def rating_token(ticket: Ticket) -> str:
    """The ticket's key, signed: a stranger can make none."""
    told = urlsafe_b64encode(ticket.pk.bytes).rstrip(b"=").decode()
    return signing.Signer(salt=SALT, sep=".").sign(told)


def ticket_of_token(token: str) -> Ticket | None:
    """The ticket that a rating link is of; None for one that is not ours."""
    try:
        told = signing.Signer(salt=SALT, sep=".").unsign(token)
        key = UUID(bytes=urlsafe_b64decode(told + "=" * (-len(told) % 4)))
    except (signing.BadSignature, binascii.Error, ValueError):
        return None
    ticket: Ticket | None = Ticket.objects.for_page().filter(pk=key).first()
    return ticket


@in_transaction
def rate_ticket(*, ticket: Ticket, rating: int, comment: str = "") -> Ticket:
    """Keep how satisfied the customer is, 1 to 5; until the ticket is opened again they may think better of it.

    Raises:
        Refused: not_resolved; rating_out_of_range.
    """
    locked = lock_ticket(ticket)
    if locked.status not in SETTLED:
        raise Refused(_("This question is not answered yet."), code="not_resolved")
    if rating not in range(1, 6):
        raise Refused(_("Choose 1 to 5."), code="rating_out_of_range")
    locked.satisfaction_rating = rating
    locked.satisfaction_comment = plain(comment)[:COMMENT_LENGTH]
    locked.rated_at = clock.now()
    locked.save(update_fields=["satisfaction_rating", "satisfaction_comment", "rated_at"])
    said = _("Rated %(rating)s of 5. %(comment)s") % {"rating": rating, "comment": locked.satisfaction_comment}
    write_comment(locked, comment_type=CommentType.SYSTEM, content=str(said))
    return locked
