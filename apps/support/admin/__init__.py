from apps.support.admin.inbound import InboundMessageAdmin, InboundSourceAdmin
from apps.support.admin.rules import MacroAdmin, SupportPolicyAdmin
from apps.support.admin.tickets import TicketAdmin, TicketCommentAdmin

__all__ = [
    "InboundMessageAdmin",
    "InboundSourceAdmin",
    "MacroAdmin",
    "SupportPolicyAdmin",
    "TicketAdmin",
    "TicketCommentAdmin",
]
