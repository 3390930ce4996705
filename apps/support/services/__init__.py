"""What can be done with tickets. Their status is moved by `apps.workflow.services`, and by the acts among these."""

from apps.support.services.answering import answer_ticket
from apps.support.services.asking import Question, ask_by_form
from apps.support.services.conversation import add_comment, hear_customer, note_not_mailed
from apps.support.services.converting import convert_to_order
from apps.support.services.creating import TicketData, create_ticket
from apps.support.services.editing import assign_ticket, escalate_ticket, link_order, take_ticket, update_ticket
from apps.support.services.inbound import make_source_secret, receive_inbound
from apps.support.services.macros import macro_text, when_do_you_come
from apps.support.services.merging import merge_ticket
from apps.support.services.moving import (
    cancel_ticket,
    change_ticket_status,
    close_resolved,
    close_ticket,
    register_acts,
    resolve_ticket,
    take_up_again,
    wait_for_customer,
)
from apps.support.services.presence import forget_presences, note_presence
from apps.support.services.promises import (
    delete_support_policy,
    recompute_promises,
    save_support_policy,
    watch_promises,
)
from apps.support.services.rating import rate_ticket, rating_link, ticket_of_token
from apps.support.services.texting import hear_text
from apps.support.services.threading import take_up_inbound

__all__ = [
    "Question",
    "TicketData",
    "add_comment",
    "answer_ticket",
    "ask_by_form",
    "assign_ticket",
    "cancel_ticket",
    "change_ticket_status",
    "close_resolved",
    "close_ticket",
    "convert_to_order",
    "create_ticket",
    "delete_support_policy",
    "escalate_ticket",
    "forget_presences",
    "hear_customer",
    "hear_text",
    "link_order",
    "macro_text",
    "make_source_secret",
    "merge_ticket",
    "note_not_mailed",
    "note_presence",
    "rate_ticket",
    "rating_link",
    "receive_inbound",
    "recompute_promises",
    "register_acts",
    "resolve_ticket",
    "save_support_policy",
    "take_ticket",
    "take_up_again",
    "take_up_inbound",
    "ticket_of_token",
    "update_ticket",
    "wait_for_customer",
    "watch_promises",
    "when_do_you_come",
]
