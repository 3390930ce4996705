"""Trying a message: what would come of it is found out by doing it, in a transaction that is taken back."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, connection, transaction

from apps.accounts.models import User
from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.errors import DomainError
from apps.orders.choices import PATHS
from apps.orders.models import LineItem, Order
from apps.organizations.models import Organization
from apps.partners.choices import MessageKind
from apps.partners.mapping import differences
from apps.partners.models import PartnerIntegration, PartnerMessage, PartnerOrderReference
from apps.partners.services.receiving import Shape, receive_order
from apps.partners.services.sync import status_changed_body
from apps.partners.signing import signed_headers
from apps.workflow.models import InternalTask, StatusTransition

Answer = Callable[[PartnerOrderReference], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class SampleWebhook:
    """What the partner would hear next of the order, as it would be sent. Without a readable secret it has no headers."""

    body: str
    headers: dict[str, str]


@dataclass(kw_only=True)
class Trial:
    """What a message would bring about. Nothing of it is stored.

    Attributes:
        error: why it would be refused; None: it would be taken in.
        answer: what the API would answer then.
        reference: the partner's order, as it would be or, where `is_repeat`, as it is.
        differences: what a repeat says otherwise than the first message.
        is_new_customer: whether the order's customer would be made.
        remarks: what a colleague would be asked to look at.
    """

    error: Exception | None = None
    answer: dict[str, Any] = field(default_factory=dict)
    reference: PartnerOrderReference | None = None
    is_repeat: bool = False
    differences: list[dict[str, Any]] = field(default_factory=list)
    order: Order | None = None
    lines: list[LineItem] = field(default_factory=list)
    is_new_customer: bool = False
    remarks: str = ""
    unmapped: list[str] = field(default_factory=list)
    webhook: SampleWebhook | None = None


def try_message(*, integration: PartnerIntegration, payload: Any, shape: Shape, answer: Answer, by: User | None) -> Trial:
    """Take a message in as the API would, look at what came of it, and take all of it back: no number is used, no row stays.

    The integration may hold a mapping that is not saved. What the API refuses with is part of the result.
    """
    trial = Trial()
    with transaction.atomic():
        try:
            _take_in(trial, integration, payload, shape, answer, by)
        except (DomainError, DatabaseError) as error:
            trial.error = error
        transaction.set_rollback(True)
    if trial.order is not None:
        # What is still there was there before.
        trial.is_new_customer = not Organization.objects.filter(pk=trial.order.customer_organization_id).exists()
    return trial


@transaction.atomic
def _take_in(trial: Trial, integration: PartnerIntegration, payload: Any, shape: Shape, answer: Answer, by: User | None) -> None:
    received = receive_order(integration=integration, payload=payload, shape=shape, is_test=integration.test_mode, by=by)
    connection.check_constraints()  # those that wait for the commit, which never comes
    reference = trial.reference = received.reference
    trial.answer = answer(reference)
    if not received.created:
        trial.is_repeat, trial.differences = True, _said_otherwise(reference, payload)
        return
    trial.order = Order.objects.for_page().get(pk=reference.order_id)
    trial.lines = list(trial.order.line_items.select_related("article").order_by("line_order"))
    trial.remarks = _asked_for(reference.order_id)
    trial.unmapped = reference.messages.get().unmapped
    trial.webhook = _sample_webhook(integration, reference)


def _said_otherwise(reference: PartnerOrderReference, payload: dict[str, Any]) -> list[dict[str, Any]]:
    first = PartnerMessage.objects.get(reference=reference, kind=MessageKind.FIRST)
    return differences(first.payload, json.loads(json.dumps(payload, cls=DjangoJSONEncoder)))


def _asked_for(order_id: UUID) -> str:
    task = InternalTask.objects.filter(about_type=Order.entity_type, about_id=order_id).first()
    return task.description if task else ""


def _sample_webhook(integration: PartnerIntegration, reference: PartnerOrderReference) -> SampleWebhook | None:
    """The first status on the usual way that the partner has another word for than it heard already."""
    path = PATHS[reference.order.workflow]
    here = path.index(reference.order.status)
    for place in range(here + 1, len(path)):
        word = integration.outward_status(path[place])
        if word is not None and word != reference.queued_status:
            step = StatusTransition(
                entity_type=Order.entity_type,
                entity_id=reference.order_id,
                sequence=place - here + 1,
                from_status=path[place - 1],
                to_status=path[place],
                occurred_at=clock.now(),
                business_context={},
            )
            return _signed(integration, status_changed_body(reference, step, word))
    return None


def _signed(integration: PartnerIntegration, body: str) -> SampleWebhook:
    try:
        secrets = [secret for secret in integration.signing_secrets() if secret]
    except SecretUnreadable:
        secrets = []
    if not secrets:
        return SampleWebhook(body=body, headers={})
    headers = signed_headers(webhook_id=f"msg_sample_{uuid4().hex}", at=clock.now(), body=body, secrets=secrets)
    return SampleWebhook(body=body, headers={"Content-Type": "application/json; charset=utf-8", **headers})
