from apps.support.models.comment import TicketComment, TicketCommentQuerySet
from apps.support.models.inbound import InboundMessage, InboundSource
from apps.support.models.macro import Macro
from apps.support.models.policy import SupportPolicy
from apps.support.models.presence import TicketPresence
from apps.support.models.promise import TicketPromise, TicketPromiseQuerySet
from apps.support.models.ticket import Ticket, TicketQuerySet

__all__ = [
    "InboundMessage",
    "InboundSource",
    "Macro",
    "SupportPolicy",
    "Ticket",
    "TicketComment",
    "TicketCommentQuerySet",
    "TicketPresence",
    "TicketPromise",
    "TicketPromiseQuerySet",
    "TicketQuerySet",
]
