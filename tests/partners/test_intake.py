"""A partner's order comes in over HTTP."""

from decimal import Decimal
from typing import Any

import pytest
import time_machine

from apps.orders.models import LineItem, Order
from apps.organizations.models import Organization
from apps.partners.choices import MessageKind
from apps.partners.models import PartnerMessage, PartnerOrderReference
from apps.partners.presets import PRESETS
from apps.workflow.models import InternalTask
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import PartnerIntegrationFactory, PartnerSkuFactory
from tests.partners.conftest import partner_with_key, sample

pytestmark = pytest.mark.django_db


def integration_of(preset: str, **fields: Any):
    chosen = PRESETS[preset]
    integration = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, slug=preset, name=chosen.label),
        partner_order_id_field=chosen.partner_order_id_field,
        custom_field_mapping=dict(chosen.field_mapping),
        status_mapping={"chargecars_to_partner": dict(chosen.statuses)},
        rate_limit_config={"requests_per_minute": 60_000},
        **fields,
    )
    for sku, article_number in chosen.skus.items():
        PartnerSkuFactory(
            integration=integration,
            partner_sku=sku,
            article=ArticleFactory(article_number=article_number, list_price=Decimal("89.0000")),
        )
    return integration


# What comes of an order


@pytest.mark.parametrize("preset", ["groendus", "essent"])
def test_a_partner_with_a_dialect_may_also_speak_our_own_shape(canonical, preset):
    partner = partner_with_key(integration_of(preset))

    response = partner.post(canonical())

    assert response.status_code == 201
    assert Order.objects.get().order_number == response.json()["order_number"]


def test_our_own_shape_is_as_strict_for_a_partner_with_a_dialect(canonical):
    partner = partner_with_key(integration_of("groendus"))

    response = partner.post(canonical() | {"colour": "red"})

    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (400, "/colour")
    assert not Order.objects.exists()


def test_an_empty_text_is_as_good_as_none_where_none_will_do(partner, canonical):
    message = canonical()
    message["customer"]["phone"] = message["partner_po_number"] = ""

    assert partner.post(message).status_code == 201


def test_an_order_in_our_own_shape_becomes_an_order(partner, canonical):
    PartnerSkuFactory(integration=partner.integration, partner_sku="ZON-PAAL", article=ArticleFactory(name="Alfen Eve"))

    response = partner.post(canonical())

    order = Order.objects.get()
    assert response.status_code == 201
    assert response.json() == {
        "order_id": str(order.pk),
        "order_number": order.order_number,
        "partner_order_id": "ZON-1",
        "status": "received",
        "estimated_processing": "24-48 hours",
    }
    assert order.status == "new_lead"
    assert order.partner_organization == partner.integration.partner_organization
    assert order.customer_organization.name == "Sanne de Wit (Particulier)"
    assert order.primary_contact.full_name == "Sanne de Wit"
    assert str(order.installation_address) == "Dorpsstraat 5 B, 3861 AB Nijkerk"
    assert (order.total_excl_vat, order.total_vat, order.total_incl_vat) == (
        Decimal("999.00"), Decimal("209.79"), Decimal("1208.79"),
    )  # fmt: skip
    assert order.notes == "Voorkeur: ochtend\nAchterom lopen."
    assert [
        (line.description, line.quantity, line.unit_price_customer, line.partner_sku, line.external_item_reference)
        for line in order.line_items.order_by("line_order")
    ] == [
        ("Laadpaal", Decimal("1.000"), Decimal("899.0000"), "ZON-PAAL", "1"),
        ("Graafwerk", Decimal("2.500"), Decimal("40.0000"), "", ""),
    ]


def test_the_reference_keeps_the_partners_names_and_begins_with_what_was_answered(partner, canonical):
    partner.post(canonical(partner_po_number="PO-9"))

    reference = PartnerOrderReference.objects.get()
    assert (reference.partner_order_id, reference.partner_customer_id, reference.partner_po_number) == ("ZON-1", "K-77", "PO-9")
    assert (reference.queued_sequence, reference.queued_status) == (1, "RECEIVED")
    assert reference.messages.get().payload == canonical(partner_po_number="PO-9")


@pytest.mark.parametrize(
    ("preset", "name", "customer", "address", "lines"),
    [
        ("groendus", "01-installation.json", "Willemijn van 't Hoff", "Lindelaan 12 A, 3861 AB Nijkerk", ["949.0000", "425.0000"]),
        ("groendus", "02-lead-without-products.json", "李 Øst", "Oude Rijn 7 bis, 2312 HB Leiden", []),
        ("groendus", "03-unknown-product.json", "Daan O'Brien", "Plein 1944 3, 6511 JA Nijmegen", ["1799.0000", "425.0000"]),
        ("essent", "01-laadpaal.json", "Fatima el Amrani", "Herengracht 24-2, 3511 KX Utrecht", ["89.0000", "89.0000"]),
        ("essent", "02-alleen-klant.json", "Jan-Willem de Boer", "Stationsweg 101, 9726 AC Groningen", []),
        ("essent", "03-huisnummer-onleesbaar.json", "Sem Yılmaz", "Industrieweg n.t.b., 1234 AB Hilversum", ["89.0000"]),
    ],
)  # fmt: skip
def test_partners_speak_their_own_dialect(preset, name, customer, address, lines):
    partner = partner_with_key(integration_of(preset))

    with time_machine.travel("2026-03-02T12:00:00+01:00", tick=False):
        response = partner.post(sample(f"{preset}/{name}"))

    assert response.status_code == 201, response.content
    order = Order.objects.get()
    assert order.primary_contact.full_name == customer
    assert str(order.installation_address) == address
    prices = [f"{line.unit_price_customer:.4f}" for line in order.line_items.order_by("line_order")]
    assert prices == lines


def test_fields_that_nothing_is_done_with_are_kept_and_listed():
    partner = partner_with_key(integration_of("essent"))

    partner.post(sample("essent/02-alleen-klant.json"))

    message = PartnerMessage.objects.get()
    assert message.unmapped == ["bericht_id", "energiecontract", "bron"]
    assert message.payload["energiecontract"] == "nee"


def test_an_unknown_article_becomes_a_line_and_a_task():
    partner = partner_with_key(integration_of("groendus"))

    partner.post(sample("groendus/03-unknown-product.json"))

    line = LineItem.objects.get(partner_sku="GRO-ALFEN-22-DUO")
    task = InternalTask.objects.get()
    assert (line.article, line.description, line.unit_price_customer) == (
        None, "Alfen Eve Double 22 kW", Decimal("1799.0000"),
    )  # fmt: skip
    assert (task.about_type, task.about_id) == ("order", Order.objects.get().pk)
    assert "GRO-ALFEN-22-DUO" in task.description


def test_an_article_without_a_price_costs_what_the_catalogue_says():
    integration = integration_of("essent")
    partner = partner_with_key(integration)

    with time_machine.travel("2026-03-02T12:00:00+01:00", tick=False):
        partner.post(sample("essent/01-laadpaal.json"))

    order = Order.objects.get()
    assert order.total_excl_vat == Decimal("267.00")  # 89 and 2 x 89
    assert InternalTask.objects.count() == 0


def test_an_address_whose_number_cannot_be_read_is_kept_and_flagged(partner, canonical):
    message = canonical()
    message["customer"]["address"] |= {"street": "Industrieweg n.t.b."}
    del message["customer"]["address"]["house_number"], message["customer"]["address"]["addition"]

    response = partner.post(message)

    assert response.status_code == 201
    assert Order.objects.get().installation_address.flag == "house_number_unreadable"
    assert InternalTask.objects.filter(about_type="order").count() == 1


def test_a_customer_that_is_known_stays_as_it_is(partner, canonical):
    partner.post(canonical())
    other = canonical(partner_order_id="ZON-2")
    other["customer"] |= {"name": "S. de Wit-Jansen", "phone": "06 87654321"}

    partner.post(other)

    customer = Organization.objects.customers().get()
    second = Order.objects.get(partner_reference="ZON-2")
    assert (customer.name, customer.phone) == ("Sanne de Wit (Particulier)", "+31612345678")
    assert second.customer_organization == customer
    assert set(second.customer_differences) == {"name", "phone"}


def test_lines_may_be_absent(partner, canonical):
    assert partner.post(canonical(line_items=None)).status_code == 201
    assert Order.objects.get().line_items.count() == 0


def test_1000_lines_are_an_order(partner, canonical):
    lines = [{"description": f"Regel {n}", "unit_price": "0.01"} for n in range(1_000)]

    response = partner.post(canonical(line_items=lines, total_amount="10.00"))

    assert response.status_code == 201
    assert Order.objects.get().total_excl_vat == Decimal("10.00")


def test_a_byte_order_mark_is_taken_off(partner, canonical):
    import json

    assert partner.post(b"\xef\xbb\xbf" + json.dumps(canonical()).encode()).status_code == 201


@pytest.mark.parametrize("name", ["O'Brien", "van 't Hoff", "Ø", "李", "محمد علي", "Zoë 🌱", "x" * 200])
def test_names_of_people_are_what_they_are(partner, canonical, name):
    message = canonical()
    message["customer"]["name"] = name

    assert partner.post(message).status_code == 201
    assert Order.objects.get().primary_contact.full_name == name


# Test orders


def test_a_test_key_makes_a_test_order_with_a_number_of_its_own(partner, canonical):
    trial = partner_with_key(partner.integration, live=False)

    trial.post(canonical())

    order = Order.objects.get()
    assert order.is_test
    assert order.order_number.startswith("TEST-CC-")


# Repeats


def test_a_repeat_gets_the_first_answer_again(partner, canonical):
    first = partner.post(canonical())

    again = partner.post(canonical())

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.content == first.content
    assert (Order.objects.count(), PartnerMessage.objects.count()) == (1, 1)


def test_a_repeat_that_says_something_else_changes_nothing_and_is_kept_once(partner, canonical):
    first = partner.post(canonical())
    other = canonical(total_amount="1.00")

    answers = [partner.post(other) for _ in range(3)]

    repeat = PartnerMessage.objects.get(kind=MessageKind.REPEAT)
    assert [(answer.status_code, answer.content) for answer in answers] == [(200, first.content)] * 3
    assert repeat.differences == [{"pointer": "/total_amount", "first": "999.00", "now": "1.00"}]
    assert Order.objects.get().total_excl_vat == Decimal("999.00")


def test_a_repeat_is_recognised_even_when_nothing_else_of_it_can_be_read(partner, canonical):
    first = partner.post(canonical())

    again = partner.post({"partner_order_id": "ZON-1", "status": "cancelled", "customer": 7})

    assert (again.status_code, again.content) == (200, first.content)


def test_two_partners_may_use_one_number(partner, canonical):
    other = partner_with_key(PartnerIntegrationFactory())

    assert partner.post(canonical()).status_code == 201
    assert other.post(canonical()).status_code == 201
    assert PartnerOrderReference.objects.filter(partner_order_id="ZON-1").count() == 2


def test_an_idempotency_key_replays_and_refuses_another_body(partner, canonical):
    key = {"Idempotency-Key": "bestelling-0001"}
    first = partner.post(canonical(), **key)

    again, other = partner.post(canonical(), **key), partner.post(canonical(partner_order_id="ZON-2"), **key)

    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (201, first.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")
    assert Order.objects.count() == 1
