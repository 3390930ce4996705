"""What stands on the page of a ticket, beside its buttons: prepared here, so that its templates only lay it out."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.admin import admin_link, entity_chip, euro, status_chip, tone_chip
from apps.core.contributions import Panel, contributions
from apps.core.errors import Refused, Text
from apps.finance.models import Invoice
from apps.finance.queries import invoices_of_order
from apps.orders.models import Order
from apps.orders.queries import holds_of
from apps.support.admin.listing import PRIORITY_TONES, due_chip
from apps.support.choices import CommentType, InboundState, TicketPriority
from apps.support.models import InboundMessage, Macro, Ticket, TicketComment, TicketPromise
from apps.support.queries import comments_of, others_of_customer
from apps.support.services import macro_text, when_do_you_come
from apps.workflow.queries import policy_book

Facts = tuple[Text, list[tuple[Text, Any]]]


@dataclass(frozen=True, kw_only=True)
class Said:
    """One line of the conversation: by whom, of which kind, how it went, and why it stands here."""

    kind: str
    who: str
    at: datetime
    content: str
    label: Text = ""
    delivery: Any = ""
    proof: str = ""


def page_context(ticket: Ticket, user: User) -> dict[str, Any]:
    """All that the page of a ticket shows to whoever opens it."""
    return {
        "ticket": ticket,
        "marks": marks_of(ticket),
        "conversation": conversation_of(ticket),
        "facts": [ticket_facts(ticket), customer_facts(ticket)],
        "order_panel": order_panel(ticket.order) if ticket.order else None,
        "panels": [others_panel(ticket, user), *contributions.panels_of(Ticket.entity_type, ticket, user=user)],
    }


def answer_text(ticket: Ticket, request: HttpRequest, macros: list[Macro]) -> tuple[str, Macro | None]:
    """What the answer begins with: a macro that was chosen, or the proposal from the order."""
    user: Any = request.user
    if request.GET.get("proposal") and ticket.order:
        return when_do_you_come(ticket), None
    chosen = next((macro for macro in macros if str(macro.pk) == request.GET.get("macro")), None)
    try:
        return (macro_text(macro=chosen, ticket=ticket, by=user), chosen) if chosen else ("", None)
    except Refused as refusal:
        return str(refusal.detail), None


def macros_for(ticket: Ticket, user: User) -> list[Macro]:
    """The macros for this company's tickets."""
    macros = Macro.objects.visible_to(user).in_use()
    return [macro for macro in macros if macro.business_entity_id in (None, ticket.business_entity_id)]


def marks_of(ticket: Ticket) -> list[Any]:
    """The chips beside the number."""
    policy = policy_book(Ticket.entity_type, ticket.workflow_name()).find(ticket.status, ticket.business_entity_id)
    marks = [
        status_chip(policy.label if policy else ticket.get_status_display(), policy.colour if policy else ""),
        entity_chip(ticket.business_entity),
        due_chip(ticket) if ticket.is_unfinished else "",
    ]
    if ticket.priority in PRIORITY_TONES:
        marks.append(tone_chip(ticket.get_priority_display(), PRIORITY_TONES[TicketPriority(ticket.priority)]))
    if ticket.escalation != "none":
        marks.append(tone_chip(_("escalated: %(level)s") % {"level": ticket.get_escalation_display()}, "danger"))
    if ticket.merged_into:
        marks.append(format_html("{} {}", _("merged into"), admin_link(ticket.merged_into)))
    return [mark for mark in marks if mark]


def conversation_of(ticket: Ticket) -> list[Said]:
    """What was said, the last thing first, and the question itself at the end."""
    comments = list(comments_of(ticket, inside=True).order_by("-written_at", "-pk"))
    # Of what was left alone, such as an answering machine, nothing stands here; what came in is large, and read by nobody here.
    inbound = InboundMessage.objects.filter(ticket=ticket, state=InboundState.TAKEN_UP).defer("raw")
    proofs = {row.comment_id: f"{row.get_decision_display()}: {row.evidence}".strip(": ") for row in inbound}
    question = Said(
        kind="customer",
        who=str(ticket.contact),
        at=ticket.created_at,
        content=ticket.description,
        label=capfirst(ticket.get_source_display()),
        proof=proofs.get(None, ""),
    )
    return [*(_said(comment, ticket, proofs.get(comment.pk, "")) for comment in comments), question]


def _said(comment: TicketComment, ticket: Ticket, proof: str) -> Said:
    is_ours = comment.author_contact is None
    elsewhere = [str(comment.ticket)] if comment.ticket_id != ticket.pk else []
    kind = [] if comment.comment_type == CommentType.CUSTOMER else [capfirst(comment.get_comment_type_display())]
    return Said(
        kind=_kind(comment),
        who=str((comment.author_user if is_ours else comment.author_contact) or _("system")),
        at=comment.written_at,
        content=comment.content,
        label=" · ".join([*elsewhere, *kind]),
        delivery=_delivery(comment, ticket) if is_ours and comment.is_visible_to_customer else "",
        proof=proof,
    )


def _kind(comment: TicketComment) -> str:
    if comment.author_contact_id is not None:
        return "customer"
    return {CommentType.INTERNAL: "note", CommentType.SYSTEM: "system"}.get(CommentType(comment.comment_type), "ours")


def _delivery(comment: TicketComment, ticket: Ticket) -> Any:
    if comment.message is None:
        return _("not mailed yet") if ticket.contact.email else _("not mailed: there is no address")
    return admin_link(comment.message, comment.message.get_delivery_status_display())


def ticket_facts(ticket: Ticket) -> Facts:
    """What it is, whose it is, and what was promised."""
    rating = ticket.satisfaction_rating
    return _("Ticket"), _known(
        [
            (_("Type"), f"{ticket.get_ticket_type_display()} · {ticket.get_category_display()}"),
            (_("Assigned to"), str(ticket.assigned_to or "–")),
            (_("Department"), ticket.get_assigned_department_display()),
            *((capfirst(promise.get_kind_display()), _promise_words(promise)) for promise in ticket.promises.all()),
            (_("Follows"), admin_link(ticket.follow_up_of) if ticket.follow_up_of else ""),
            (_("Sales stage"), ticket.get_sales_stage_display()),
            (_("Value"), euro(ticket.opportunity_value) if ticket.opportunity_value is not None else ""),
            (_("Became order"), admin_link(ticket.converted_order) if ticket.converted_order else ""),
            (_("Satisfaction"), f"{'★' * rating}{'☆' * (5 - rating)} {ticket.satisfaction_comment}" if rating else ""),
        ]
    )


def _promise_words(promise: TicketPromise) -> Any:
    if promise.met_at is not None:
        words = _("too late, %(at)s") if promise.is_overdue else _("kept, %(at)s")
        return tone_chip(words % {"at": _moment(promise.met_at)}, "danger" if promise.is_overdue else "success")
    if promise.ended_at is not None:
        return _("fell away")
    if promise.sla_deadline is None:
        return tone_chip(_("stands still"), "danger" if promise.is_overdue else "neutral")
    return tone_chip(_moment(promise.sla_deadline), "danger" if promise.sla_deadline < clock.now() else "info")


def customer_facts(ticket: Ticket) -> Facts:
    """Who asks, and how to reach them."""
    contact = ticket.contact
    return _("Customer"), _known(
        [
            (_("Customer"), admin_link(ticket.customer_organization)),
            (_("Contact"), admin_link(contact)),
            (_("E-mail"), _reach("mailto", contact.email)),
            (_("Phone"), _reach("tel", contact.phone or contact.mobile)),
        ]
    )


def order_panel(order: Order) -> dict[str, Any]:
    """The order beside its question: where it stands, why it is held, who brought it, what is open of it."""
    policy = policy_book(Order.entity_type, order.workflow).find(order.status, order.business_entity_id)
    invoices, _waiting = invoices_of_order(order.pk)
    return {
        "link": admin_link(order),
        "status": status_chip(policy.label if policy else order.get_status_display(), policy.colour if policy else ""),
        "hold": next((hold for hold in holds_of([order.pk])[order.pk] if hold.is_active), None),
        "facts": _known(
            [
                (_("Planned"), _day(order.planned_start_date)),
                (_("Requested"), _day(order.requested_date)),
                (_("Completed"), _day(order.actual_completion_date)),
                (_("Address"), str(order.installation_address or "")),
                (_("Partner"), admin_link(order.partner_organization) if order.partner_organization else ""),
                (_("Total incl. VAT"), euro(order.total_incl_vat)),
                *((admin_link(invoice, str(invoice)), _owed(invoice)) for invoice in invoices),
            ]
        ),
    }


def _owed(invoice: Invoice) -> Any:
    chip = tone_chip(invoice.get_status_display(), "warning" if invoice.balance > 0 else "success")
    return format_html("{} {}", chip, _("open: %(amount)s") % {"amount": euro(invoice.balance)})


def others_panel(ticket: Ticket, user: User) -> Panel:
    """The other tickets of the same customer."""
    return Panel(
        title=_("Other tickets of this customer"),
        columns=[_("Ticket"), _("Subject"), _("Status")],
        rows=[[admin_link(other), other.subject, other.get_status_display()] for other in others_of_customer(ticket, by=user)],
        empty=_("This customer has asked nothing else."),
    )


def present_words(others: list[User]) -> str:
    """That somebody else has the ticket open too."""
    names = ", ".join(str(other) for other in others)
    return _("%(names)s has this ticket open too.") % {"names": names} if others else ""


def _known(facts: list[tuple[Text, Any]]) -> list[tuple[Text, Any]]:
    return [(label, value) for label, value in facts if value != ""]


def _reach(scheme: str, address: str) -> Any:
    return format_html('<a class="cc-link" href="{}:{}">{}</a>', scheme, address, address) if address else ""


def _day(day: date | None) -> str:
    return date_format(day, "DATE_FORMAT") if day else ""


def _moment(moment: datetime) -> str:
    return date_format(clock.local(moment), "SHORT_DATETIME_FORMAT")
