import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import Malformed, Refused
from apps.partners.mapping import (
    OURS,
    Mapping,
    MappingError,
    compiled,
    differences,
    looked_at,
    read_partner_order_id,
    refuse_ours,
)
from apps.partners.presets import PRESETS
from tests.partners.conftest import PAYLOADS, sample

NEEDED = {"customer.name": "n", "customer.email": "e", "customer.address.postal_code": "p"}
PERSON = {"n": "Sanne", "e": "sanne@example.nl", "p": "3861AB"}


def mapped(rules: dict, message: dict) -> dict:
    found = Mapping.compile(NEEDED | rules).apply(PERSON | message, partner_order_id="A-1", id_expression="id")
    return found.canonical


def test_groendus_is_read_into_our_own_shape():
    preset = PRESETS["groendus"]

    found = Mapping.compile(preset.field_mapping).apply(
        sample("groendus/01-installation.json"), partner_order_id="GRO-123456", id_expression=preset.partner_order_id_field
    )

    assert found.canonical == {
        "partner_order_id": "GRO-123456",
        "partner_customer_id": "40023311",
        "partner_dealer_id": "GD-017",
        "partner_lead_id": "L-88120",
        "customer": {
            "name": "Willemijn van 't Hoff",
            "email": "willemijn.vanthoff@example.nl",
            "phone": "06-12345678",
            "address": {
                "street": "Lindelaan",
                "house_number": 12,
                "addition": "A",
                "postal_code": "3861 AB",
                "city": "Nijkerk",
                "country": "NL",
            },
        },
        "line_items": [
            {
                "partner_sku": "GRO-ALFEN-11",
                "description": "Alfen Eve Single 11 kW",
                "quantity": 1,
                "unit_price": Decimal("949.0"),
                "partner_item_id": "1",
            },
            {
                "partner_sku": "GRO-INSTALL-1",
                "description": "Standaardinstallatie 1 fase",
                "quantity": 1,
                "unit_price": Decimal("425.0"),
                "partner_item_id": "2",
            },
        ],
        "installation_preferences": {
            "preferred_date": "2026-04-14",
            "time_preference": "morning",
            "access_notes": "Poort aan de achterkant, code bij de buren.",
        },
        "total_amount": Decimal("1374.0"),
    }
    assert found.unmapped == [
        "messageVersion",
        "sentAt",
        "order.customer.marketingConsent",
        "order.totals.currency",
        "order.contract.tariff",
        "order.contract.startsOn",
    ]


def test_essent_is_read_into_our_own_shape():
    preset = PRESETS["essent"]

    found = Mapping.compile(preset.field_mapping).apply(
        sample("essent/02-alleen-klant.json"), partner_order_id="ESS-2026-004412", id_expression="aanvraagnummer"
    )

    assert found.canonical == {
        "partner_order_id": "ESS-2026-004412",
        "partner_customer_id": "1002003005",
        "customer": {
            "name": "Jan-Willem de Boer",
            "email": "jw.deboer+laadpaal@example.com",
            "address": {"street": "Stationsweg 101", "postal_code": "9726ac", "city": "Groningen"},
        },
    }
    assert found.unmapped == ["bericht_id", "energiecontract", "bron"]


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*/*.json")), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_sample_of_a_partner_can_be_read_with_its_preset(path):
    preset = PRESETS[path.parent.name]
    message = json.loads(path.read_text())
    number = read_partner_order_id(message, preset.partner_order_id_field)

    found = Mapping.compile(preset.field_mapping).apply(
        message, partner_order_id=number, id_expression=preset.partner_order_id_field
    )

    assert found.canonical["partner_order_id"] == number
    assert {"name", "email", "address"} <= set(found.canonical["customer"])


def test_without_rules_the_message_is_taken_as_it_is():
    message = {"anything": [1, None, ""]}

    found = Mapping.compile({}).apply(message, partner_order_id="A-1", id_expression="partner_order_id")

    assert (found.canonical, found.unmapped) == (message, [])


@pytest.mark.parametrize("absent", [None, ""])
def test_a_default_stands_in_for_what_is_absent(absent):
    rules = {"customer.address.country": {"path": "land", "default": "NL"}}

    assert mapped(rules, {"land": absent})["customer"]["address"]["country"] == "NL"
    assert mapped(rules, {"land": "BE"})["customer"]["address"]["country"] == "BE"


def test_a_rule_may_be_a_fixed_value():
    assert mapped({"customer.address.country": {"default": "DE"}}, {})["customer"]["address"]["country"] == "DE"


def test_a_table_of_values_translates_and_never_guesses():
    rules = {"installation_preferences.time_preference": {"path": "dagdeel", "values": {"ochtend": "morning", "1": "afternoon"}}}

    assert mapped(rules, {"dagdeel": "ochtend"})["installation_preferences"] == {"time_preference": "morning"}
    assert mapped(rules, {"dagdeel": 1})["installation_preferences"] == {"time_preference": "afternoon"}
    with pytest.raises(Refused) as refusal:
        mapped(rules, {"dagdeel": "nacht"})
    assert refusal.value.code == "unknown_value"
    assert [field.pointer for field in refusal.value.fields] == ["/installation_preferences/time_preference"]


def test_a_function_that_finds_another_type_says_where():
    with pytest.raises(Malformed) as refusal:
        mapped({"customer.phone": "join('-', phones)"}, {"phones": "06"})

    assert refusal.value.code == "mapping_failed"
    assert [field.pointer for field in refusal.value.fields] == ["/customer/phone"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"status": "x"}, "unknown_target"),
        ({"order.status": "x"}, "unknown_target"),
        ({"customer.password": "x"}, "unknown_target"),
        ({"__class__": "x"}, "unknown_target"),
        ({"customer.__init__": "x"}, "unknown_target"),
        ({"customer.address.street.more.and.more": "x"}, "unknown_target"),
        ({"partner_order_id": "x"}, "unknown_target"),
        ({"customer.phone": "a["}, "expression_invalid"),
        ({"customer.phone": "a b"}, "expression_invalid"),
        ({"customer.phone": "system('ls')"}, "expression_invalid"),
        ({"customer.phone": "length(a, b)"}, "expression_invalid"),
        ({"customer.phone": "__import__('os')"}, "expression_invalid"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_at_save(rules, code):
    with pytest.raises(MappingError) as refusal:
        Mapping.compile(NEEDED | rules)

    assert refusal.value.code == code


@pytest.mark.parametrize("missing", sorted(NEEDED))
def test_what_every_order_needs_must_have_a_rule(missing):
    rules = {target: path for target, path in NEEDED.items() if target != missing}

    with pytest.raises(MappingError) as refusal:
        Mapping.compile(rules)

    assert refusal.value.code == "target_missing"


def test_where_an_expression_cannot_be_read_is_told():
    with pytest.raises(MappingError, match="3"):
        compiled("a b")


@pytest.mark.parametrize(
    ("expression", "paths"),
    [
        ("a", {("a",)}),
        ("a.b.c", {("a", "b", "c")}),
        ("a[0].b", {("a", "b")}),
        ("a[*].b", {("a", "b")}),
        ("a[].{x: b, y: c.d}", {("a", "b"), ("a", "c", "d")}),
        ("join(' ', [a.b, c])", {("a", "b"), ("c",)}),
        ("a || b.c", {("a",), ("b", "c")}),
        ("a[?kind=='x'].value | [0]", {("a", "kind"), ("a", "value")}),
        ("a[1:2]", {("a",)}),
        ("a.*", {("a",)}),
        ("'fixed'", set()),
    ],
)
def test_what_an_expression_looks_at(expression, paths):
    assert set(looked_at(compiled(expression))) == paths


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcde"), inner, max_size=3),
))  # fmt: skip
def test_whatever_a_message_holds_it_is_mapped_or_refused(message):
    rules = NEEDED | {"customer.phone": "a.b[0]", "line_items": "c[].{partner_sku: a}", "total_amount": "d"}
    payload = message if isinstance(message, dict) else {"a": message}

    found = Mapping.compile(rules).apply(payload, partner_order_id="A-1", id_expression="e")

    assert found.canonical["partner_order_id"] == "A-1"
    json.dumps(found.canonical, default=str)


@pytest.mark.parametrize(
    ("message", "expression", "number"),
    [
        ({"partner_order_id": "A-1"}, "partner_order_id", "A-1"),
        ({"order": {"reference": "GRO-1"}}, "order.reference", "GRO-1"),
        ({"nr": 12345}, "nr", "12345"),
        ({"nr": "x" * 100}, "nr", "x" * 100),
        ({"nr": "Bestelling 7 – Ø"}, "nr", "Bestelling 7 – Ø"),
    ],
)
def test_the_partners_number_is_read_first(message, expression, number):
    assert read_partner_order_id(message, expression) == number


@pytest.mark.parametrize(
    "value", [None, "", " A-1", "A-1 ", "x" * 101, "a\tb", "a\nb", True, False, 1.5, ["A-1"], {"id": "A-1"}, "a\u202eb"]
)
def test_a_number_that_is_none_is_refused(value):
    with pytest.raises(Malformed) as refusal:
        read_partner_order_id({"nr": value}, "nr")

    assert [field.pointer for field in refusal.value.fields] == ["/nr"]


@pytest.mark.parametrize("payload", [None, [], "x", 1, True])
def test_a_message_is_an_object(payload):
    with pytest.raises(Malformed) as refusal:
        read_partner_order_id(payload, "nr")

    assert refusal.value.code == "not_an_object"


@pytest.mark.parametrize("name", OURS)
def test_what_only_we_decide_cannot_be_sent(name):
    with pytest.raises(Malformed) as refusal:
        refuse_ours({"partner_order_id": "A-1", name: "x"})

    assert [(field.pointer, field.code) for field in refusal.value.fields] == [(f"/{name}", "unknown_field")]


def test_differences_are_told_by_their_place():
    first = {"a": 1, "b": {"c": "x"}, "d": [1, 2]}
    later = {"a": 1, "b": {"c": "y"}, "d": [1], "e": None}

    assert differences(first, later) == [
        {"pointer": "/b/c", "first": "x", "now": "y"},
        {"pointer": "/d/1", "first": 2, "now": None},
        {"pointer": "/e", "first": None, "now": None},
    ]
