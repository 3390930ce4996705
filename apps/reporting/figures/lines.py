"""The rows that a figure counts, in words: the same few columns whatever kind of record they are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.chips import admin_url
from apps.core.errors import Text
from apps.core.records import RecordRef, resolve
from apps.core.tables import Column
from apps.events.models import EventDelivery
from apps.finance.models import BankTransaction, Invoice, JournalLine, OnlinePayment, PartnerCommission, Payment
from apps.orders.models import Order, OrderHold
from apps.organizations.models import BusinessEntity, NumberSequence
from apps.partners.models import PartnerDelivery
from apps.reporting.figures.figure import Figure
from apps.reporting.models import ReportMail, Verified
from apps.support.models import Ticket
from apps.workflow.models import EntityCurrentStatus, StatusTransition


@dataclass(frozen=True, kw_only=True)
class Line:
    """One row: what it is, what it says, whose it is, when it was, and what it is worth in the figure."""

    label: Text
    url: str
    detail: Text
    entity: str
    when: date | datetime | None
    worth: Decimal | None


# Rows about a record of whatever kind.
OF_ANY_KIND = (StatusTransition, EntityCurrentStatus)
COLUMNS = (
    Column(name="record", label=_("Record"), value=lambda line: str(line.label)),
    Column(name="detail", label=_("Details"), value=lambda line: str(line.detail)),
    Column(name="entity", label=_("Business entity"), value=lambda line: line.entity),
    Column(name="when", label=_("Date"), value=lambda line: line.when),
    Column(name="amount", label=_("Amount"), value=lambda line: line.worth),
)


def lines(figure: Figure, rows: Sequence[models.Model]) -> list[Line]:
    """A page of a figure's rows, with a few queries for all of them."""
    refs = [row.ref for row in rows if type(row) in OF_ANY_KIND]
    records = resolve(refs) if refs else {}
    entities = BusinessEntity.objects.in_bulk()
    return [_line(row, figure, records, entities) for row in rows]


def _line(row: Any, figure: Figure, records: Mapping[RecordRef, models.Model], entities: Mapping[UUID, BusinessEntity]) -> Line:
    detail, when = (tell(row) for tell in TOLD[type(row)])
    about = records.get(row.ref) if type(row) in OF_ANY_KIND else ABOUT.get(type(row), _itself)(row)
    holder = entities.get(getattr(about, "business_entity_id", None) or getattr(row, "business_entity_id", None))
    return Line(
        label=str(about or detail),
        url=admin_url(about) if about is not None else "",
        detail=detail,
        entity=str(holder or ""),
        when=when,
        worth=getattr(row, figure.column) if figure.column else None,
    )


def _itself(row: Any) -> Any:
    return row


# Of each kind of row: its details, and its moment.
TOLD: dict[type[models.Model], tuple[Callable[[Any], Text], Callable[[Any], date | datetime | None]]] = {
    Order: (lambda row: f"{row.customer_organization} · {row.get_status_display()}", attrgetter("created_at")),
    OrderHold: (lambda row: f"{row} · {row.hold_reason_details}", attrgetter("held_at")),
    StatusTransition: (str, attrgetter("occurred_at")),
    EntityCurrentStatus: (attrgetter("current_status"), lambda row: row.sla_deadline or row.status_since),
    JournalLine: (lambda row: f"{row.account} · {row.entry.description}", attrgetter("entry.entry_date")),
    Invoice: (lambda row: f"{row.billing_organization} · {row.get_status_display()}", attrgetter("invoice_date")),
    Payment: (lambda row: row.get_payment_method_display(), attrgetter("payment_date")),
    OnlinePayment: (lambda row: f"{row.invoice} · {row.last_error}", attrgetter("started_at")),
    PartnerDelivery: (lambda row: f"{row.integration} · {row.status}", attrgetter("queued_at")),
    EventDelivery: (lambda row: f"{row.subscriber} · {row.last_error}", attrgetter("created_at")),
    NumberSequence: (lambda row: f"{row.year} · {row.current_value}", lambda row: None),
    BankTransaction: (lambda row: f"{row.counterparty_name} · {row.amount}", attrgetter("booking_date")),
    Ticket: (
        lambda row: f"{row.customer_organization or row.get_status_display()} · {row.subject}",
        attrgetter("last_activity_at"),
    ),
    ReportMail: (lambda row: f"{row.user} · {row.last_error}", attrgetter("day")),
    Verified: (lambda row: f"{row.differences} · {row.error}", attrgetter("ran_at")),
    PartnerCommission: (lambda row: f"{row.beneficiary} · {row.order}", attrgetter("calculated_on")),
}
# Whose page is opened where it is not that of the row itself.
ABOUT: dict[type[models.Model], Callable[[Any], Any]] = {
    OrderHold: attrgetter("order"),
    JournalLine: attrgetter("entry"),
}
