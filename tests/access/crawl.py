"""Calls at every door of the house, for whoever asks: what the routes and the registry know, nobody has to list here."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin import ModelAdmin, RelatedFieldListFilter
from django.db import connection, models
from django.forms import BaseForm
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from apps.communication.models import CommunicationMessage, CommunicationTemplate, StaffMail, UserNotification
from apps.files.models import Attachment
from apps.finance.models import BankFile, Invoice
from apps.orders.models import Order
from apps.organizations.models import NumberSequence
from apps.support.models import Ticket
from apps.workflow.models import InternalTask
from tests.access.world import BEGINNING, Neighbour, letters
from tests.architecture.doors import Door, doors
from tests.transactions import undone

DOORS = doors()
PAGES: list[tuple[type[models.Model], ModelAdmin]] = sorted(admin.site._registry.items(), key=lambda page: page[0]._meta.label)
UNSAFE = ("post", "put", "patch", "delete")

# What may stand at a place in an address. A new name of a place says here which records it takes.
FILLED: dict[str, Callable[[Neighbour], list[Any]]] = {
    "attachment_id": lambda of: of.keys(Attachment),
    "message_id": lambda of: of.keys(CommunicationMessage),
    "notification_id": lambda of: of.keys(UserNotification),
    "staff_mail_id": lambda of: of.keys(StaffMail),
    "template_id": lambda of: of.keys(CommunicationTemplate),
    "identifier": lambda of: [of.one(Order).pk, of.one(Order).order_number],
    "partner_id": lambda of: [of.partner.slug, of.partner.pk],
    "partner_order_id": lambda of: [of.mark],
    "entity_type": lambda of: [Order.entity_type],
    "entity_id": lambda of: of.keys(Order),
    "name": lambda of: letters(),
    "figure_name": lambda of: ["orders_new", "revenue", "holds_active", "sla_overdue", "partner_errors", "dead_deliveries"],
    "pk": lambda of: of.keys(Authenticator),
    "app_label": lambda of: sorted({model._meta.app_label for model, _page in PAGES}),
    "url": lambda of: ["nothing/here"],
    "content_type_id": lambda of: [1],
    "invoice_id": lambda of: of.keys(Invoice),
    "sequence_id": lambda of: of.keys(NumberSequence),
    "order_id": lambda of: of.keys(Order),
    "bank_file_id": lambda of: of.keys(BankFile),
    "object_id": lambda of: of.keys(Order),
    "entity_code": lambda of: ["nobody"],  # the form of a company is for everybody, and shows its name alone
    "ticket_id": lambda of: [of.one(Ticket).pk, of.one(Ticket).ticket_number],
    "token": lambda of: of.keys(Invoice),  # whoever knows the key of an invoice has no link to it yet
}
# Tables of the platform itself, which notes who called; what a call is about stands in none of them.
NOTES = {
    "django_session",
    "browser_session",
    "api_usage_logs",
    "raw_inbound",
    "inbound_hook",
    "rate_bucket",
    "idempotency_record",
    "axes_accessattempt",
}
# A door that works through what is the caller's own, and names nothing: what it writes is no other's, as its own tests show.
OF_THEIR_OWN = {
    "/api/v1/payments/reconcile": {"bank_transaction", "match_proposal"},
    "/api/v1/notifications/read-all": {"user_notification"},
    "/admin/notifications/read-all": {"user_notification"},
    "/admin/notifications/preferences": {"notification_preference"},
    "/admin/reports/mail/choose": {"report_subscription"},
    "/admin/reports/mail/send": {"staff_mail", "staff_mail_image"},
}
NOTED_USE = '"last_used_at"'
WRITE = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)


@dataclass
class Caller:
    """Somebody at the doors, with the marks that no answer to them may hold, and what was found wrong."""

    name: str
    client: Client
    forbidden: set[str]
    wrong: list[str] = field(default_factory=list)

    def ask(self, method: str, address: str, body: Any = None, *, is_api: bool = False, may_write: bool = True) -> Any:
        """One call, undone afterwards. No failure of ours, no forbidden mark, no choice of another's; perhaps no write."""
        given = {"content_type": "application/json"} if is_api and method in UNSAFE else {}
        with undone(), writes() as written:
            answer = getattr(self.client, method)(address, body if body is not None or method not in UNSAFE else {}, **given)
            text = told(answer).replace(address.lower(), "")
            said = f"{method} {address} {body or ''}: {answer.status_code}"
            if answer.status_code >= 500:
                self.wrong.append(said)
            self.wrong += [f"{said} tells {mark}" for mark in sorted(self.forbidden) if mark in text]
            if (foreign := written - OF_THEIR_OWN.get(address, set())) and not may_write:
                self.wrong.append(f"{said} writes {sorted(foreign)}")
        answer.text_told = text
        return answer

    def look_at_choices(self, answer: Any, foreign: Neighbour) -> None:
        """No form of the page takes a record of somebody else's."""
        for form in forms_of(answer):
            for name, each in form.fields.items():
                rows = getattr(each, "queryset", None)
                keys = foreign.keys(rows.model) if rows is not None else []
                if keys and foreign.mark in str(list(rows.filter(pk__in=keys))):
                    self.wrong.append(f"{answer.request['PATH_INFO']}: {name} can be chosen of another")


def told(answer: HttpResponseBase) -> str:
    """All that an answer says, its headers included, in lower case."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return (str(answer.headers) + content.decode("utf-8", "replace")).lower()


def forms_of(answer: Any) -> Iterator[BaseForm]:
    for value in (getattr(answer, "context_data", None) or {}).values():
        form = getattr(value, "form", value)
        if isinstance(form, BaseForm):
            yield form


@contextmanager
def writes() -> Iterator[set[str]]:
    """The tables that are written meanwhile, but for the platform's notes."""
    written: set[str] = set()

    def note(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        found = WRITE.match(sql) if isinstance(sql, str) else None
        if found and found.group(1) not in NOTES and NOTED_USE not in sql:
            written.add(found.group(1))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield written


# Addresses


def filled(door: Door, values: dict[str, list[Any]]) -> list[str]:
    """The addresses of a route, one for each way to fill it."""
    route = "/" + re.sub(r"\^?\(\?P<(\w+)>.*?\)/?\$", r"<\1>", door.route)
    for name in door.names:
        route = re.sub(rf"<(\w+:)?{name}>", f"{{{name}}}", route)
    places = [name for name in door.names if f"{{{name}}}" in route]
    return [route.format(**dict(zip(places, each, strict=True))) for each in product(*(values[name] for name in places))]


def of_neighbour(door: Door, neighbour: Neighbour) -> list[str]:
    unknown = set(door.names) - set(FILLED)
    assert not unknown, f"{door.route}: say in FILLED what may stand at {sorted(unknown)}"
    return filled(door, {name: FILLED[name](neighbour) for name in door.names})


def of_records(door: Door, page: ModelAdmin, neighbour: Neighbour, slugs: list[str]) -> list[str]:
    """The addresses of a route of a model's pages, for the neighbour's records of that model."""
    values = {name: FILLED[name](neighbour) for name in door.names if name in FILLED}
    keys = neighbour.keys(page.model)
    return filled(door, values | {"object_id": keys, "id": keys, "key": keys, "slug": slugs})


def page_doors(page: ModelAdmin, *, of_a_record: bool) -> list[Door]:
    return [door for door in DOORS if door.admin is page and bool(door.names) is of_a_record]


def list_of(model: type[models.Model]) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def slugs_of(page: ModelAdmin, record: models.Model, request: Any) -> list[str]:
    """The words of every button that the record's page could have, pressed or not."""
    return sorted({button.slug for button in page.get_buttons(request, record)} | {"no-such-button"})


def autocompletes() -> list[str]:
    """Every look-up behind a field that points to a page with a search."""
    return [
        f"{reverse('admin:autocomplete')}?term={BEGINNING}&app_label={model._meta.app_label}"
        f"&model_name={model._meta.model_name}&field_name={each.name}"
        for model, _page in PAGES
        for each in (*model._meta.fields, *model._meta.many_to_many)
        if each.remote_field and getattr(admin.site._registry.get(each.related_model), "search_fields", None)
    ]


def filters_of(answer: Any, foreign: Neighbour) -> Iterator[str]:
    """Of each filter of a list its second choice, and where it is by another record one of somebody else's."""
    changelist = (getattr(answer, "context_data", None) or {}).get("cl")
    for spec in changelist.filter_specs if changelist else ():
        name = getattr(spec, "lookup_kwarg", None) or getattr(spec, "parameter_name", None)
        choices = [choice[0] for choice in getattr(spec, "lookup_choices", ()) if isinstance(choice, tuple)]
        if name and choices:
            yield f"?{name}={choices[0]}"
        if isinstance(spec, RelatedFieldListFilter):
            yield from (f"?{spec.lookup_kwarg}={key}" for key in foreign.keys(spec.field.related_model)[:1])


def methods_of(door: Door) -> list[str]:
    return [method for method in ("get", *UNSAFE) if hasattr(door.api_view, method)]


def bodies(foreign: Neighbour) -> dict[str, list[dict[str, Any]]]:
    """What a body may name of somebody else's, by the end of the route."""
    order, task = foreign.one(Order), foreign.one(InternalTask)
    hold = {"hold_reason_category": "customer_delay", "hold_reason_details": "x"}
    return {
        "status-engine/change": [
            {"entity_type": kind, "entity_id": str(record.pk), "to_status": to_status, "transition_reason": "x"}
            for kind, record, to_status in (("order", order, "cancelled"), ("internal_task", task, "cancelled"))
        ],
        "orders": [
            {
                "business_entity": foreign.entity.entity_code,
                "order_type": "installation",
                "customer": {"name": "x", "email": "x@x.nl"},
            },
            {
                "business_entity": "chargecars",
                "order_type": "installation",
                "customer": {"id": str(order.customer_organization_id)},
            },
        ],
        "orders/bulk-hold": [{"order_ids": [str(order.pk)], **hold}],
        "tickets": [
            {"business_entity": foreign.entity.entity_code, "subject": "x", "description": "x", "order": order.order_number},
            {"business_entity": "chargecars", "subject": "x", "description": "x", "contact": str(order.primary_contact_id)},
            {"subject": "x", "description": "x", "order": str(order.pk)},
        ],
        "notifications/send": [
            {"template_id": foreign.mark, "recipient_contact_id": str(order.primary_contact_id), "variables": {}},
        ],
    }
