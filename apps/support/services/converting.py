"""A question that became an order."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Refused
from apps.core.transactions import in_transaction
from apps.orders.choices import OrderSource, OrderType
from apps.orders.models import Order
from apps.orders.services import LineData, OrderData, create_order
from apps.support.choices import CommentType, SalesStage
from apps.support.models import Ticket
from apps.support.services.conversation import refuse_finished, write_comment
from apps.support.services.reading import lock_ticket, refuse_stale

NOTES_LENGTH = 5_000


@in_transaction
def convert_to_order(
    *,
    ticket: Ticket,
    order_type: str = OrderType.INSTALLATION,
    requested_date: date | None = None,
    lines: tuple[LineData, ...] = (),
    version: int | None = None,
    by: User | None,
) -> Order:
    """Make an order of a sales ticket, for the customer who asked; the sale is won.

    Raises:
        Conflict: version_conflict.
        Refused: not_a_sales_ticket, already_converted, ticket_finished, ticket_merged; and what `create_order` refuses.
    """
    locked = lock_ticket(ticket)
    refuse_stale(locked, version)
    _refuse_unfit(locked)
    customer = locked.customer_organization
    order = create_order(
        data=OrderData(
            business_entity=locked.business_entity,
            order_type=order_type,
            customer=customer,
            contact=locked.contact,
            installation_address=customer.visiting_address,
            lines=lines,
            requested_date=requested_date,
            notes=f"{locked.ticket_number}: {locked.subject}\n\n{locked.description}"[:NOTES_LENGTH],
            source=OrderSource.BACK_OFFICE,
        ),
        by=by,
    )
    _write_won(locked, order, by)
    return order


def _refuse_unfit(ticket: Ticket) -> None:
    if not ticket.is_sales:
        raise Refused(_("This is no sales ticket."), code="not_a_sales_ticket")
    if ticket.converted_order_id is not None:
        raise Refused(_("This ticket became an order before."), code="already_converted")
    refuse_finished(ticket)


def _write_won(ticket: Ticket, order: Order, by: User | None) -> None:
    ticket.converted_order = order
    ticket.sales_stage, ticket.conversion_probability = SalesStage.WON, 100
    ticket.order = ticket.order or order
    ticket.save(update_fields=["converted_order", "sales_stage", "conversion_probability", "order"])
    words = _("Became order %(number)s.") % {"number": order.order_number}
    write_comment(ticket, comment_type=CommentType.SYSTEM, content=str(words), author_user=by)
