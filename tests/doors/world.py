"""A small world to call upon: who calls, and the names of what is there."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import issue_access_token
from apps.catalog.models import Article
from apps.communication.models import CommunicationTemplate
from apps.core import clock
from apps.orders.models import Order
from apps.orders.services import order_hold_create
from apps.organizations.models import BusinessEntity
from apps.support.services import TicketData, create_ticket
from apps.workflow.services import create_task
from tests.factories.accounts import PASSWORD, UserFactory, user_with_password
from tests.factories.communication import UserNotificationFactory
from tests.factories.finance import BankFileFactory
from tests.factories.organizations import MembershipFactory
from tests.factories.partners import PartnerIntegrationFactory
from tests.finance.conftest import completed_order, generated
from tests.partners.conftest import partner_with_key, sample
from tests.reporting.worlds import move, placed_order

STRANGER, SUPERUSER, PARTNER = "stranger", "superuser", "partner"
SENT = sample("canonical.json")


@dataclass(frozen=True, kw_only=True)
class World:
    """`callers`: the headers of each. `known`: by the name of a parameter or member, values that are there."""

    admin: User
    callers: Mapping[str, Mapping[str, str]]
    known: Mapping[str, list[Any]]


def build() -> World:
    """Orders of our own and of a partner at several statuses, invoices, a task, and one caller of each kind."""
    admin = UserFactory(superuser=True)
    chargecars = BusinessEntity.objects.get_by_natural_key("chargecars")
    MembershipFactory(user=admin, business_entity=chargecars)
    partner = partner_with_key(PartnerIntegrationFactory(rate_limit_config={"requests_per_minute": 1_000_000}))
    assert partner.post(SENT).status_code == 201
    fresh, quoted, held = (placed_order("chargecars") for _ in range(3))
    move(quoted, "intake_completed", "quote_draft", "quote_ready", "quote_sent")
    order_hold_create(order=held, hold_reason_category="other", hold_reason_details="Vakantie", by=None)
    to_invoice, invoiced, drafted = (completed_order(chargecars, order_number=f"CC-2020-0000{number}") for number in (1, 2, 3))
    invoice, draft = generated(invoiced), generated(drafted, draft=True)
    user_with_password(email="sanne@example.org")
    task = create_task(title="Bel terug")
    asked = [
        create_ticket(
            data=TicketData(
                business_entity=chargecars, contact=fresh.primary_contact, subject="Vraag", description="?", ticket_type=kind
            ),
            by=None,
        )
        for kind in ("support", "support", "sales")
    ]
    orders = list(Order.objects.order_by("created_at"))
    templates = list(CommunicationTemplate.objects.order_by("template_code")[:5])
    keys = [str(order.pk) for order in orders]
    return World(
        admin=admin,
        callers={
            STRANGER: {},
            SUPERUSER: {"Authorization": f"Bearer {issue_access_token(admin)}"},
            PARTNER: {"Authorization": f"Bearer {partner.api_key}"},
        },
        known={
            "identifier": [*keys, *(order.order_number for order in orders)],
            "order_ids": keys,
            "notification_id": [str(UserNotificationFactory(user=admin).pk)],
            "ticket_id": [str(ticket.pk) for ticket in asked] + [asked[0].ticket_number],
            "into": [asked[1].ticket_number],
            "contact": [str(fresh.primary_contact_id)],
            "order": [fresh.order_number],
            "assigned_to": [str(admin.pk)],
            "order_id": [str(to_invoice.pk)],
            "line_item_id": [str(to_invoice.line_items.earliest("line_order").pk)],
            "bank_file_id": [str(BankFileFactory().pk)],
            "invoice_id": [str(invoice.pk), str(draft.pk)],
            "contact_id": [str(invoice.billing_contact_id)],
            "invoice_line_id": [str(invoice.lines.earliest("line_order").pk)],
            "amount": ["1.00", 2],
            "payment_date": [clock.today().isoformat()],
            "entity_id": [*keys, str(task.pk)],
            "entity_type": ["order", "internal_task"],
            "to_status": ["intake_sent", "quote_draft", "on_hold", "cancelled", "in_progress", "completed"],
            "partner_id": [partner.integration.partner_organization.slug, str(partner.integration.partner_organization_id)],
            "partner_order_id": [SENT["partner_order_id"]],
            "timestamp": [clock.now().isoformat()],
            "business_entity": ["chargecars", "zaptecshop"],
            "article": list(Article.objects.values_list("article_number", flat=True)[:3]),
            "customer.id": [str(fresh.customer_organization_id)],
            "recipient_contact_id": [str(fresh.primary_contact_id)],
            "template_id": [template.template_code for template in templates],
            "variables": [dict.fromkeys(templates[0].variables, "Sanne")],
            "phone": ["06 12345678"],
            "refresh": [_refresh_token("sanne@example.org")],
            "expected_status": [fresh.status],
            "version": [1, 2],
            "email": ["sanne@example.nl", "van.t.hoff+laadpaal@example.nl"],
            "postal_code": ["3861AB", "1011 ab"],
            "house_number": ["12", "12-A bis", 7],
            "city": ["Nijkerk"],
            "country": ["NL", "BE"],
            "quantity": ["1.000", 2],
            "unit_price": ["599.0000", 0],
            "requested_date": [clock.today().isoformat()],
            "created_from": [clock.today().isoformat()],
            "username": ["sanne@example.org"],
            "password": [PASSWORD],
        },
    )


def _refresh_token(email: str) -> str:
    login = {"username": email, "password": PASSWORD}
    return Client().post("/api/v1/auth/token", login, content_type="application/json").json()["refresh"]


@contextmanager
def undone() -> Iterator[None]:
    """What happens within is taken back; to the services it is a transaction of a test, not one of theirs."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


@contextmanager
def one_call() -> Iterator[None]:
    """A call on the whole application, taken back afterwards. It fails with the very exception that no view caught."""
    seen: list[BaseException | None] = []

    def note(sender: object, **kwargs: Any) -> None:
        seen.append(sys.exc_info()[1])

    with undone(), kept_connection():
        got_request_exception.connect(note)
        try:
            yield
        finally:
            got_request_exception.disconnect(note)
    for defect in filter(None, seen):
        raise defect


@contextmanager
def kept_connection() -> Iterator[None]:
    """Between two requests a server has no transaction open, and would break off ours."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
