"""The demo world: read from `fixtures/demo`, its secrets made once and kept, its rows made where they are missing."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils.crypto import get_random_string

from apps.accounts.choices import Scope
from apps.accounts.keys import new_key, parse_key
from apps.accounts.models import ApiKey, User
from apps.communication.choices import ChannelType
from apps.communication.models import CommunicationChannel
from apps.communication.services import receive_message
from apps.core import clock
from apps.core.records import ref_to
from apps.orders.choices import HoldReason, OrderStatus
from apps.orders.models import Order
from apps.organizations.choices import EntityCode, PartnerStatus
from apps.organizations.models import BusinessEntity, Membership, Organization
from apps.partners.choices import AuthenticationType, IntegrationType
from apps.partners.models import PartnerIntegration
from apps.partners.played_api import ROOT as API_ROOT
from apps.partners.played_api import api_credentials
from apps.partners.services import (
    ReceivedMessage,
    accept_order,
    apply_preset,
    incoming_order,
    queue_statuses,
    recognise_order,
    save_integration,
    skip_delivery,
)
from apps.partners.signing import new_webhook_secret
from apps.partners.simulator import DEFAULT_PORT, messages
from apps.reporting.models import ReportSubscription
from apps.workflow.models import BusinessCalendar, CalendarDay, Supervision
from apps.workflow.services import change_entity_status, save_calendar

RUN = "DEMO"
WORKS_BY_CALENDAR = EntityCode.LADERTHUIS
SIMULATOR = f"http://127.0.0.1:{DEFAULT_PORT}"
# The usual way of an installation; a demo order goes along it as far as it should get.
WAY = (
    OrderStatus.INTAKE_COMPLETED,
    OrderStatus.QUOTE_DRAFT,
    OrderStatus.QUOTE_READY,
    OrderStatus.QUOTE_SENT,
    OrderStatus.BOTH_APPROVED,
    OrderStatus.PLANNING,
    OrderStatus.SCHEDULED,
    OrderStatus.IN_PROGRESS,
    OrderStatus.COMPLETED,
)


@dataclass(frozen=True, kw_only=True)
class DemoWorld:
    """`fixtures/demo/world.json`."""

    users: Mapping[str, Mapping[str, Any]]
    partners: Mapping[str, Mapping[str, Any]]
    requests_per_minute: int
    order_statuses: Sequence[str]

    @property
    def active_partners(self) -> list[str]:
        return [name for name, partner in self.partners.items() if is_active(partner)]


@dataclass(frozen=True, kw_only=True)
class DemoSecrets:
    """Passwords, API keys and webhook secrets by name, and the file that keeps them."""

    path: Path
    passwords: Mapping[str, str]
    api_keys: Mapping[str, str]
    webhook_secrets: Mapping[str, str]

    @classmethod
    def load(cls, path: Path, world: DemoWorld) -> Self:
        """Those of the file; what it does not hold is made now."""
        kept = json.loads(path.read_text()) if path.exists() else {"users": {}, "partners": {}}
        users, partners = kept["users"], kept["partners"]
        return cls(
            path=path,
            passwords={name: users.get(name, {}).get("password") or new_password() for name in world.users},
            api_keys={
                name: partners.get(name, {}).get("api_key") or str(new_key(is_live=True)) for name in world.active_partners
            },
            webhook_secrets={
                name: partners.get(name, {}).get("webhook_secret") or new_webhook_secret() for name in world.active_partners
            },
        )

    def document(self, world: DemoWorld, partner_ids: Mapping[str, UUID]) -> dict[str, dict[str, dict[str, str]]]:
        return {
            "users": {
                name: {"username": person["email"], "password": self.passwords[name]} for name, person in world.users.items()
            },
            "partners": {
                name: {
                    "id": str(partner_ids[name]),
                    "api_key": self.api_keys[name],
                    "webhook_secret": self.webhook_secrets[name],
                }
                for name in world.active_partners
            },
        }

    def save(self, document: dict[str, Any]) -> None:
        """Write the file in one step, readable for its owner alone from its first byte on."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(document, file, indent=2)
        draft.replace(self.path)


def new_password() -> str:
    """Twenty characters and one of each kind that a password must have."""
    return f"{get_random_string(20)}-aA1"


def seed_user(person: Mapping[str, Any], password: str) -> User:
    """One colleague of every company of the group, with the roles that its job has."""
    user = User.objects.filter(email=person["email"]).first() or User(email=person["email"])
    user.first_name, user.last_name = person["first_name"], person["last_name"]
    user.is_staff, user.is_superuser = True, person.get("superuser", False)
    if not user.check_password(password):
        user.set_password(password)
    user.save()
    user.groups.set(Group.objects.filter(name__in=person["roles"]))
    for entity in BusinessEntity.objects.all():
        Membership.objects.get_or_create(user=user, business_entity=entity)
    for cadence in person.get("figures", ()):
        ReportSubscription.objects.get_or_create(user=user, cadence=cadence)
    return user


def seed_watch(manager: User) -> None:
    """Who hears of what stays lying, and one company that works by a calendar; what is arranged already stays."""
    for entity in BusinessEntity.objects.all():
        Supervision.objects.get_or_create(business_entity=entity, defaults={"manager": manager})
    entity = BusinessEntity.objects.get_by_natural_key(WORKS_BY_CALENDAR)
    if not BusinessCalendar.objects.filter(business_entity=entity).exists():
        day = "08:30-12:30, 13:00-17:00"
        week = BusinessCalendar(business_entity=entity, monday=day, tuesday=day, wednesday=day, thursday=day, friday=day)
        bridge = CalendarDay(calendar=week, day=date(2027, 5, 7), reason="Brugdag na Hemelvaart")
        save_calendar(week, days=[bridge], by=None)


def seed_partner(name: str, partner: Mapping[str, Any], secrets: DemoSecrets, requests_per_minute: int) -> PartnerIntegration:
    """One partner with its integration, its service user and a live key; its statuses go to the simulator.

    One that is not active yet has its dialect, and neither a key nor an address.
    """
    organization, _made = Organization.objects.get_or_create(
        slug=name,
        defaults={
            "name": partner["name"],
            "organization_type": partner["organization_type"],
            "email": partner["email"],
            "partner_status": PartnerStatus.ACTIVE if is_active(partner) else PartnerStatus.ONBOARDING,
        },
    )
    if not is_active(partner):
        return _seed_draft(organization, name, requests_per_minute)
    _seed_key(organization, partner["email"], secrets.api_keys[name])
    integration = PartnerIntegration.objects.filter(partner_organization=organization).first()
    if integration is None:
        integration = PartnerIntegration(
            partner_organization=organization,
            business_entity=BusinessEntity.objects.get_by_natural_key(EntityCode.CHARGECARS),
            integration_name=partner["name"],
            is_active=True,
            rate_limit_config={"requests_per_minute": requests_per_minute},
            webhook_url=f"{SIMULATOR}/{name}",
        )
        save_integration(integration=integration, by=None)
        integration = apply_preset(integration=integration, preset=name, by=None)
    if integration.webhook_secret != secrets.webhook_secrets[name]:
        integration.webhook_secret = secrets.webhook_secrets[name]
        if integration.integration_type == IntegrationType.API:
            _call_the_simulators_api(integration)
        save_integration(integration=integration, by=None)
    return integration


def is_active(partner: Mapping[str, Any]) -> bool:
    """Whether a partner of the world is at work already."""
    active: bool = partner.get("active", True)
    return active


def _seed_draft(organization: Organization, name: str, requests_per_minute: int) -> PartnerIntegration:
    integration = PartnerIntegration.objects.filter(partner_organization=organization).first()
    if integration is not None:
        return integration
    integration = PartnerIntegration(
        partner_organization=organization,
        business_entity=BusinessEntity.objects.get_by_natural_key(EntityCode.CHARGECARS),
        integration_name=organization.name,
        rate_limit_config={"requests_per_minute": requests_per_minute},
    )
    save_integration(integration=integration, by=None)
    return apply_preset(integration=integration, preset=name, by=None)


def _call_the_simulators_api(integration: PartnerIntegration) -> None:
    integration.api_base_url = f"{SIMULATOR}{API_ROOT}"
    integration.authentication_type = AuthenticationType.OAUTH2
    integration.credentials = json.dumps(api_credentials(SIMULATOR, integration.webhook_secret))


def _seed_key(organization: Organization, email: str, text: str) -> None:
    """The very key that the file holds, also in a database that is new."""
    shown = parse_key(text)
    if shown is None:
        raise ValueError("demo.json holds something that is no API key")
    user, _made = User.objects.get_or_create(email=email, defaults={"is_service": True, "password": "!"})
    Membership.objects.get_or_create(user=user, organization=organization)
    ApiKey.objects.get_or_create(
        key_id=shown.key_id,
        defaults={
            "user": user,
            "name": "demo",
            "is_live": shown.is_live,
            "secret_hash": shown.secret_hash,
            "scopes": [Scope.API_ACCESS],
        },
    )


def seed_orders(partners: Mapping[str, PartnerIntegration], count: int, statuses: Sequence[str]) -> int:
    """Orders of each partner by turns, moved to where the world has them; gives how many were missing."""
    queues = {name: messages(name, RUN) for name in partners}
    turns = zip(cycle(partners), cycle(statuses), strict=False)
    made = 0
    for name, status in islice(turns, count):
        made += _place_and_move(partners[name], next(queues[name]), status)
    return made


def open_text_channels() -> None:
    """Have the companies send SMS too: without an account at a provider they lie in the mailbox, for all to see."""
    CommunicationChannel.objects.filter(channel_type=ChannelType.SMS).update(is_active=True)


def seed_reply() -> None:
    """A customer asked something about an order that is planned; once, however often the demo is made."""
    order = Order.objects.kept().filter(status=OrderStatus.SCHEDULED, is_test=False).order_by("created_at").first()
    if order is None or not order.primary_contact.email:
        return
    mailboxes = CommunicationChannel.objects.filter(business_entity=order.business_entity, channel_type=ChannelType.EMAIL)
    receive_message(
        channel=mailboxes.get(is_primary=True),
        sender=order.primary_contact.email,
        subject=f"Re: {order.order_number}",
        text="Goedemiddag, kan de monteur ook na drie uur komen? Eerder ben ik nog aan het werk.",
        external_message_id="demo:reply",
        about=ref_to(order),
    )


@transaction.atomic
def _place_and_move(integration: PartnerIntegration, message: dict[str, Any], status: str) -> bool:
    order = _place(integration, message)
    if order is None:
        return False
    _move(order, status)
    # Nobody listens yet, and ten calls in vain would have the endpoint left alone just when the simulator starts. In one
    # transaction with the order: a worker that runs beside it would take them up in between.
    for delivery in queue_statuses(order_id=order.pk):
        skip_delivery(delivery=delivery, reason="Demo", by=None)
    return True


def _place(integration: PartnerIntegration, message: dict[str, Any]) -> Order | None:
    """The order of a message; None where it was placed before."""
    dialect = integration.dialect_of(message)
    partner_order_id = dialect.partner_order_id(message)
    if recognise_order(integration=integration, partner_order_id=partner_order_id, payload=message):
        return None
    mapped = dialect.translate(message)
    reference = accept_order(
        integration=integration,
        incoming=incoming_order(mapped.canonical),
        message=ReceivedMessage(payload=message, unmapped=mapped.unmapped),
        is_test=False,
        by=None,
    )
    return reference.order


def _move(order: Order, status: str) -> None:
    """Along the usual way up to a status; a lead without lines gets no further than its quote's draft."""
    if status == OrderStatus.NEW_LEAD:
        return
    way = list(WAY if order.line_items.exists() else WAY[:2])
    if status not in WAY:
        way = [*way[:2], OrderStatus(status)]
    elif status in way:
        way = way[: way.index(OrderStatus(status)) + 1]
    for step in way:
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status=step,
            transition_reason=_reason(step),
            business_context=_context(step),
        )


def _reason(status: str) -> str:
    if status == OrderStatus.CANCELLED:
        return "De klant verhuist en ziet ervan af."
    return "Akkoord per telefoon." if status == OrderStatus.BOTH_APPROVED else ""


def _context(status: str) -> dict[str, Any]:
    if status == OrderStatus.SCHEDULED:
        return {"planned_start_date": clock.today().isoformat()}
    if status == OrderStatus.ON_HOLD:
        return {
            "hold_reason_category": HoldReason.CUSTOMER_DELAY,
            "hold_reason_details": "De klant is op vakantie.",
            "notify_customer": False,
            "notify_partner": False,
        }
    return {}
