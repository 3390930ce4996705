"""A world of three neighbours, in which every text says whose it is.

Two companies with a partner each, and a third partner with the first company. Every record is made by its factory, with the
neighbour's own records where it points to others and the neighbour's mark in every text that may hold one. A new model is
part of the world as soon as it has a factory.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import DataError, IntegrityError, models

from apps.accounts.models import User
from apps.communication.clients.mailbox import MailboxBackend, newest
from apps.core.fields import SchemaJSONField
from apps.files.models import Attachment
from apps.orders.models import Order
from apps.organizations.models import Address, BusinessEntity, Contact, Membership, Organization
from tests.architecture import house
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ArticleFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory, OrganizationFactory
from tests.transactions import undone

BEGINNING = "kw7"  # of every mark, so that one search finds all of them

# Texts that have a form of their own, which a mark would break.
FORMS = {
    "password", "secret_hash", "checksum", "iban", "kvk_number", "btw_number", "vat_number", "number_prefix", "postal_code",
    "house_number", "house_number_addition", "phone", "channel_identifier", "external_message_id", "webhook_url", "webhook_secret",
    "previous_webhook_secret", "credentials", "url", "body", "file", "language", "color", "colour", "entity_code", "workflow", "api_key",
    "website_url", "website", "api_base_url", "api_version", "entity_type", "about_type", "held_from", "previous_status",
    "from_status", "to_status", "current_status", "actor_kind", "key_id", "slug", "card_colour", "media_type", "extension",
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "hours",
    "secret", "previous_secret", "raw",
}  # fmt: skip

# What the whole group shares: it belongs to neither neighbour, so it carries no mark.
SHARED = {"catalog.Article", "catalog.ArticleComponent", "events.ScheduledRun", "finance.StatutoryInterestRate"}


@dataclass
class Neighbour:
    """One company with one partner: their records, the mark in the company's texts and the one in the partner's own."""

    mark: str
    partner_mark: str
    entity: BusinessEntity
    partner: Organization
    records: dict[type[models.Model], list[models.Model]] = field(default_factory=dict)

    @property
    def marks(self) -> set[str]:
        return {self.mark, self.partner_mark}

    def one(self, model: type[models.Model]) -> Any:
        return self.records[model][0]

    def keys(self, model: type[models.Model]) -> list[Any]:
        return [record.pk for record in self.records.get(model, ())]

    @property
    def staff(self) -> User:
        return self.one(User)


def build() -> tuple[Neighbour, Neighbour, Neighbour]:
    """Ours, the other company's, and the other partner of our company."""
    ours = _neighbour("a", "chargecars")
    theirs = _neighbour("b", "laderthuis")
    beside = _neighbour("c", "chargecars")
    _write_letter(theirs)
    return ours, theirs, beside


def _neighbour(letter: str, entity_code: str) -> Neighbour:
    mark, partner_mark = f"{BEGINNING}{letter}x", f"{BEGINNING}{letter}y"
    named = {"entity_name": mark, "legal_name": mark}
    entity = BusinessEntityFactory(entity_code=entity_code, **named)
    partner = OrganizationFactory(partner=True, name=partner_mark, slug=partner_mark, email=f"{partner_mark}@example.nl")
    neighbour = Neighbour(mark=mark, partner_mark=partner_mark, entity=entity, partner=partner)
    neighbour.records[BusinessEntity] = [entity]
    for model in in_order_of_their_keys():
        neighbour.records.setdefault(model, []).insert(0, _made(model, neighbour))
    _add_the_partners_people(neighbour)
    return neighbour


def in_order_of_their_keys() -> list[type[models.Model]]:
    """Every model with a factory, each after those that it must point to."""
    waiting = [model for model in house.our_models() if model in house.factories() and model is not BusinessEntity]
    ordered: list[type[models.Model]] = []
    while waiting:
        ready = [model for model in waiting if not _needed(model) & set(waiting) - {model}]
        ordered += ready
        waiting = [model for model in waiting if model not in ready]
    return ordered


def _needed(model: type[models.Model]) -> set[type[models.Model]]:
    keys = (each for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey))
    wanted = {each.related_model for each in keys if not each.null or each.name in OWNERS}
    return wanted | {Order} if {"about_id", "entity_id"} & {each.name for each in model._meta.concrete_fields} else wanted


def _made(model: type[models.Model], of: Neighbour) -> models.Model:
    shape = {**_keys(model, of), **SHAPES.get(model._meta.label, lambda of: {})(of)}
    marks = _marked(model, of.mark)
    if not _can_be(model, marks | shape):  # some text may not stand there as things are: the others still may
        marks = {name: mark for name, mark in marks.items() if _can_be(model, {name: mark} | shape)}
    record = house.factories()[model](**marks | shape)
    if isinstance(record, Attachment):
        path = Path(settings.MEDIA_ROOT) / record.file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(of.mark)
    return record


def _can_be(model: type[models.Model], wanted: dict[str, Any]) -> bool:
    """Whether the database takes such a record."""
    try:
        with undone():
            house.factories()[model](**wanted)
    except (DataError, IntegrityError):
        return False
    return True


def _marked(model: type[models.Model], mark: str) -> dict[str, Any]:
    """The mark in every text, and in every JSON that has no form."""
    wanted: dict[str, Any] = {}
    for each in () if model._meta.label in SHARED else model._meta.concrete_fields:
        if each.name in FORMS or each.choices:
            continue
        if isinstance(each, models.EmailField):
            wanted[each.name] = f"{mark}.{model._meta.model_name}@example.nl"
        elif isinstance(each, models.JSONField) and not isinstance(each, SchemaJSONField) and each.default is dict:
            wanted[each.name] = {"said": mark}
        elif isinstance(each, models.CharField | models.TextField):
            wanted[each.name] = mark
    return wanted


def _keys(model: type[models.Model], of: Neighbour) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for each in model._meta.concrete_fields:
        if isinstance(each, models.ForeignKey) and (not each.null or each.name in OWNERS):
            known = of.records.get(each.related_model)
            wanted |= {each.name: known[0]} if known else {}
        elif each.name in ("about_id", "entity_id"):
            wanted |= {each.name.replace("_id", "_type"): Order.entity_type, each.name: of.one(Order).pk}
    return wanted


# By these a record is somebody's, also where its column may be empty.
OWNERS = ("business_entity", "contact", "recipient_contact")

Shape = Callable[[Neighbour], dict[str, Any]]
# What a record of the world needs beyond its texts and keys.
SHAPES: dict[str, Shape] = {
    "accounts.User": lambda of: {"is_staff": True},
    "accounts.ApiKey": lambda of: {"user": UserFactory(service=True, first_name=of.mark), "scopes": ["api.access"]},
    "communication.CommunicationChannel": lambda of: {"channel_identifier": f"{of.mark}@example.nl"},
    "catalog.ArticleComponent": lambda of: {"component": ArticleFactory()},
    # One of which nobody has made a draft.
    "finance.UninvoicedOrder": lambda of: {
        "order": OrderFactory(business_entity=of.entity, customer_organization=OrganizationFactory(business_entity=of.entity))
    },
    "gateway.ApiUsageLog": lambda of: {"endpoint": f"/api/v1/partners/{of.mark}/orders"},
    "gateway.InboundHook": lambda of: {"body": of.mark},
    "gateway.RawInbound": lambda of: {"body": of.mark},
    "orders.Order": lambda of: {
        "partner_organization": of.partner,
        "order_owner": of.staff,
        "customer_organization": of.one(Organization),
        "installation_address": of.one(Address),
        "customer_differences": {},
    },
    "orders.OrderOrganization": lambda of: {"organization": of.partner},
    "partners.PartnerDelivery": lambda of: {"body": f'{{"said": "{of.mark}"}}'},
    "partners.PartnerIntegration": lambda of: {
        "partner_organization": of.partner,
        "rate_limit_config": {"requests_per_minute": 60_000},
    },
    "partners.PartnerOrderReference": lambda of: {"partner_organization": of.partner},
    "support.Ticket": lambda of: {"order": of.one(Order), "assigned_to": of.staff},
    "workflow.InternalTask": lambda of: {"assigned_to": of.staff},
    "workflow.StatusTransition": lambda of: {"workflow": of.one(Order).workflow, "to_status": of.one(Order).status},
    "workflow.EntityCurrentStatus": lambda of: {"workflow": of.one(Order).workflow},
}


def _add_the_partners_people(of: Neighbour) -> None:
    """A contact and a person of the partner, whom staff of every company know; and a passkey of our own staff."""
    of.records[Organization].append(of.partner)
    of.records[Contact].append(
        ContactFactory(organization=of.partner, first_name=of.partner_mark, last_name=of.partner_mark, email=of.partner.email)
    )
    passkey = {"name": of.mark, "credential": {}}
    of.records[Authenticator] = [Authenticator.objects.create(user=of.staff, type=Authenticator.Type.WEBAUTHN, data=passkey)]
    person = UserFactory(email=f"{of.partner_mark}@example.nl", first_name=of.partner_mark, last_name=of.partner_mark)
    of.records[User].append(person)
    of.records[Membership].append(MembershipFactory(user=person, organization=of.partner, business_entity=None))


def _write_letter(of: Neighbour) -> None:
    letter = EmailMessage(subject=of.mark, body=of.mark, from_email="a@example.nl", to=[f"{of.mark}@example.nl"])
    MailboxBackend().send_messages([letter])


def letters() -> list[str]:
    """The names of what lies in the mailbox."""
    return [mail.name for mail in newest(10)]
