"""Five partners, five dialects: every message of theirs becomes the very order it should, and nothing is lost on the way."""

import json
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from apps.orders.models import Order
from apps.partners.mapping import Dialect, Mapping
from apps.partners.models import PartnerIntegration
from apps.partners.presets import PRESETS
from apps.partners.services import apply_preset
from apps.workflow.models import InternalTask
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import PartnerIntegrationFactory
from tests.partners.conftest import PAYLOADS, partner_with_key
from tests.partners.dialects import RENDER, SILENT, Canonical

MESSAGES = sorted(PAYLOADS.glob("*/*.json"))
MADE = json.loads(Path(__file__).with_name("made_orders.json").read_text())


def name_of(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def partner_of(preset: str) -> Any:
    """A partner whose integration is exactly what its preset makes."""
    integration = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, slug=preset, name=PRESETS[preset].label)
    )
    return partner_with_key(apply_preset(integration=integration, preset=preset, by=None))


def told(order: Order) -> dict[str, Any]:
    """All that came of a message."""
    reference = order.reference_at_partner
    ids = [field.name for field in reference._meta.fields if field.name.startswith(("partner_", "external_order"))]
    return {
        "status": order.status,
        "customer": order.customer_organization.name,
        "customer_type": order.customer_organization.organization_type,
        "contact": [order.primary_contact.full_name, order.primary_contact.email, order.primary_contact.phone],
        "address": str(order.installation_address),
        "country": order.installation_address.country,
        "address_flag": order.installation_address.flag,
        "lines": [
            [
                line.article.article_number if line.article else None,
                line.description,
                str(line.quantity),
                str(line.unit_price_customer),
                line.external_item_reference,
            ]
            for line in order.line_items.order_by("line_order")
        ],
        "total_incl_vat": str(order.total_incl_vat),
        "requested_date": str(order.requested_date or ""),
        "notes": order.notes,
        "ids": {name: getattr(reference, name) for name in ids if name != "partner_organization" and getattr(reference, name)},
        "told": reference.queued_status,
        "unmapped": reference.messages.get().unmapped,
        "tasks": [task.description.splitlines() for task in InternalTask.objects.all()],
    }


@pytest.mark.django_db
@pytest.mark.usefixtures("reference_data")
@pytest.mark.parametrize("path", MESSAGES, ids=name_of)
def test_every_message_becomes_the_order_it_should(path):
    partner = partner_of(path.parent.name)

    with time_machine.travel("2026-03-05T12:00:00+01:00", tick=False), translation.override("en"):
        answer = partner.post(json.loads(path.read_text()), **{"Accept-Language": "en"})

    assert answer.status_code == 201, answer.content
    assert told(Order.objects.get()) == MADE[name_of(path)]


def test_there_are_messages_of_every_partner():
    counted = [path.parent.name for path in MESSAGES]

    assert {preset: counted.count(preset) >= 3 for preset in PRESETS} == dict.fromkeys(PRESETS, True)


@pytest.mark.django_db
@pytest.mark.usefixtures("reference_data")
@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_a_whole_integration(preset):
    partner = partner_of(preset)

    integration = PartnerIntegration.objects.get()
    integration.clean_fields()
    assert integration.skus.count() == len(PRESETS[preset].skus)
    assert integration.status_arrows == []
    assert partner.integration.integration_type == PRESETS[preset].integration_type


# Whatever an order is, in a partner's words it is the same order

WORD = st.text(st.characters(categories=("L", "N"), max_codepoint=0x2FF), min_size=1, max_size=12)
NAME = st.builds("{} {}".format, WORD, WORD)
ID = st.from_regex(r"[A-Z]{2}-[0-9]{1,6}", fullmatch=True)
LINE = st.fixed_dictionaries({"partner_sku": ID, "quantity": st.integers(1, 999)}, optional={"description": NAME})
ORDER = st.fixed_dictionaries(
    {
        "partner_order_id": ID,
        "customer": st.fixed_dictionaries(
            {
                "name": NAME,
                "email": st.emails(),
                "address": st.fixed_dictionaries(
                    {
                        "street": WORD,
                        "postal_code": st.from_regex(r"[1-9][0-9]{3} [A-Z]{2}", fullmatch=True),
                        "city": WORD,
                        "country": st.sampled_from(["NL", "BE", "DE"]),
                    },
                    optional={"house_number": st.integers(1, 9999).map(str), "addition": WORD},
                ),
            },
            optional={"phone": st.from_regex(r"06[0-9]{8}", fullmatch=True)},
        ),
        "line_items": st.lists(LINE, min_size=1, max_size=4),
    },
    optional={
        **dict.fromkeys(
            (
                *("partner_customer_id", "partner_dealer_id", "partner_po_number", "partner_lead_id"),
                "external_order_reference",
            ),
            ID,
        ),
        "installation_preferences": st.fixed_dictionaries(
            {"preferred_date": st.dates().map(str)},
            optional={"time_preference": st.sampled_from(["morning", "afternoon"]), "notes": NAME},
        ),
    },
)  # fmt: skip


def without(order: Canonical, silent: tuple[str, ...]) -> Canonical:
    """What is left of an order when a dialect has no word for some of it."""
    left = deepcopy(order)
    for path in silent:
        *into, last = path.split(".")
        holder: Any = left
        for step in into:
            holder = holder.get(step, {})
        for each in holder if isinstance(holder, list) else [holder]:
            each.pop(last, None)
    return left


@pytest.mark.parametrize("partner", PRESETS)
@given(order=ORDER)
def test_what_is_said_in_a_dialect_is_understood_as_it_was_meant(partner, order):
    preset = PRESETS[partner]
    meant = without(order, SILENT[partner])
    dialect = Dialect(Mapping.compile(preset.field_mapping), preset.partner_order_id_field)

    understood = dialect.translate(RENDER[partner](order)).canonical

    if "customer.address.country" in SILENT[partner]:
        understood["customer"]["address"].pop("country", None)
    assert json.loads(json.dumps(understood, default=_as_number)) == meant


def _as_number(value: Decimal) -> int:
    return int(value)
