"""What a message that nobody sorted is probably about, by the words in it."""

import re
from dataclasses import dataclass

from apps.support.choices import TicketCategory, TicketPriority, TicketType


@dataclass(frozen=True, kw_only=True)
class Guess:
    """What kind of ticket it seems to be; somebody may think better of it."""

    ticket_type: str = TicketType.SUPPORT
    category: str = TicketCategory.OTHER
    priority: str = TicketPriority.NORMAL


def _words(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(words)})", re.IGNORECASE)


# The first that fits decides.
KINDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (_words("klacht", "complaint", "ontevreden", "schandalig"), TicketType.SUPPORT, TicketCategory.COMPLAINT),
    (_words("factuur", "betaling", "rekening", "invoice", "payment"), TicketType.SUPPORT, TicketCategory.BILLING),
    (_words("afspraak", "planning", "bezoek", "monteur", "appointment"), TicketType.SUPPORT, TicketCategory.SCHEDULING),
    (_words("probleem", "defect", "kapot", "werkt niet", "storing", "broken"), TicketType.SUPPORT, TicketCategory.TECHNICAL),
    (_words("offerte", "prijs", "kosten", "bestellen", "quote"), TicketType.SALES, TicketCategory.QUOTE_REQUEST),
)
URGENT = _words("spoed", "brand", "rook", "vonk", "gevaar", "kortsluiting", "urgent", "fire", "smoke")


def guess(subject: str, text: str) -> Guess:
    """What kind of ticket a message asks for. A complaint is pressing, and what smells of fire is urgent."""
    said = f"{subject}\n{text}"
    ticket_type, category = next(
        ((ticket_type, category) for words, ticket_type, category in KINDS if words.search(said)),
        (TicketType.SUPPORT, TicketCategory.OTHER),
    )
    priority = TicketPriority.HIGH if category == TicketCategory.COMPLAINT else TicketPriority.NORMAL
    if URGENT.search(said):
        priority = TicketPriority.URGENT
    return Guess(ticket_type=ticket_type, category=category, priority=priority)
