"""Reference data: the rows without which nothing works, loaded again and again."""

import json
import re
from collections import Counter
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils.translation import override

from apps.catalog.models import Article, ArticleComponent
from apps.core import validators
from apps.organizations.models import BankAccount, BusinessEntity, NumberSequence
from apps.organizations.queries import completeness

pytestmark = pytest.mark.django_db

OURS = ("020_business_entities", "030_number_sequences", "080_articles")
REFERENCE = Path(__file__).resolve().parents[2] / "fixtures" / "reference"
# Numbers that stand in the group's documents as examples; none is real, and none may become so here.
PLACEHOLDERS = {
    "12345678",
    *("NL123456789B01", "NL987654321B02", "NL456789123B03", "NL789123456B04", "NL321654987B05"),
    *("NL12RABO0123456789", "NL34RABO0987654321", "NL56RABO0456789123", "NL78RABO0789123456", "NL90RABO0321654987"),
}


@pytest.fixture
def folder(tmp_path):
    """The files of organizations and catalog alone, so that this says nothing of other apps."""
    for name in OURS:
        (tmp_path / f"{name}.json").write_text((REFERENCE / f"{name}.json").read_text())
    return tmp_path


def load(folder, **options):
    out = StringIO()
    call_command("load_reference", folder=folder, stdout=out, **options)
    return dict(re.split(r"\s{2,}", line, maxsplit=1) for line in out.getvalue().splitlines())


def test_the_first_load_inserts_all(folder):
    assert load(folder) == {
        "020_business_entities.json": "11 new, 0 changed, 0 kept",
        "030_number_sequences.json": "19 new, 0 changed, 0 kept",
        "080_articles.json": "22 new, 0 changed, 0 kept",
    }
    assert (BusinessEntity.objects.count(), BankAccount.objects.count()) == (5, 5)
    assert (Article.objects.count(), ArticleComponent.objects.count()) == (18, 4)
    assert BusinessEntity.history.count() == 5


def test_an_order_above_five_thousand_euro_waits_for_approval_everywhere(folder):
    load(folder)

    assert set(BusinessEntity.objects.values_list("order_approval_threshold", flat=True)) == {Decimal("5000.00")}


def test_the_second_load_changes_nothing(folder, django_assert_max_num_queries):
    load(folder)

    with django_assert_max_num_queries(200):
        again = load(folder)

    assert set(again.values()) == {"0 new, 0 changed, 11 kept", "0 new, 0 changed, 19 kept", "0 new, 0 changed, 22 kept"}


def test_what_staff_edited_stays_unless_it_is_overwritten(folder):
    load(folder)
    Article.objects.filter(article_number="MOUNT-WALL").update(list_price=50)
    ArticleComponent.objects.all().delete()

    assert load(folder)["080_articles.json"] == "4 new, 0 changed, 18 kept"
    assert Article.objects.get(article_number="MOUNT-WALL").list_price == 50
    assert load(folder, overwrite=True)["080_articles.json"] == "0 new, 1 changed, 21 kept"
    assert Article.objects.get(article_number="MOUNT-WALL").list_price == 45


def test_a_number_sequence_is_never_set_back(folder):
    load(folder)
    NumberSequence.objects.filter(document_type="order").update(current_value=7)

    assert load(folder, overwrite=True)["030_number_sequences.json"] == "0 new, 0 changed, 19 kept"
    assert set(NumberSequence.objects.filter(document_type="order").values_list("current_value", flat=True)) == {7}


def test_a_wrong_row_is_named_and_nothing_is_loaded(folder):
    rows = json.loads((folder / "080_articles.json").read_text())
    rows[3]["fields"]["list_price"] = "-1"
    (folder / "080_articles.json").write_text(json.dumps(rows))

    with pytest.raises(CommandError, match=r"^080_articles\.json, row 4: "):
        load(folder)

    assert not BusinessEntity.objects.exists()


@pytest.mark.parametrize("text", ["{", '[{"model": "catalog.nothing", "fields": {}}]', '[{"fields": {}}]', "[[]]"])
def test_a_broken_file_is_named(folder, text):
    (folder / "010_broken.json").write_text(text)

    with pytest.raises(CommandError, match=r"^010_broken\.json, row 1: "):
        load(folder)


def test_an_empty_folder_is_a_mistake(tmp_path):
    with pytest.raises(CommandError, match="There are no files"):
        load(tmp_path)


def test_the_five_companies_are_those_of_the_group(folder):
    load(folder)

    assert list(
        BusinessEntity.objects.order_by("pk").values_list(
            "entity_code", "number_prefix", "legal_name", "supports_work_orders", "payment_term_days", "contact_email"
        )
    ) == [
        ("chargecars", "CC", "ChargeCars B.V.", True, 14, "support@chargecars.nl"),
        ("laderthuis", "LT", "LaderThuis.nl B.V.", True, 14, "info@laderthuis.nl"),
        ("meterkastthuis", "MK", "MeterKastThuis.nl B.V.", True, 14, "info@meterkastthuis.nl"),
        ("zaptecshop", "ZS", "ZaptecShop.nl B.V.", False, 30, "bestellen@zaptecshop.nl"),
        ("ratioshop", "RS", "RatioShop.nl B.V.", False, 30, "verkoop@ratioshop.nl"),
    ]
    assert [str(entity.pk) for entity in BusinessEntity.objects.order_by("pk")] == [
        f"550e8400-e29b-41d4-a716-44665544000{place}" for place in range(1, 6)
    ]
    assert {str(entity.address) for entity in BusinessEntity.objects.all()} == {"Melkrijder 21, 3861 SG Nijkerk"}


def test_identifiers_pass_their_checks_and_are_no_placeholders(folder):
    load(folder)
    kvk_numbers = set(BusinessEntity.objects.values_list("kvk_number", flat=True))
    btw_numbers = set(BusinessEntity.objects.values_list("btw_number", flat=True))
    ibans = set(BankAccount.objects.values_list("iban", flat=True))

    assert {validators.normalize_kvk(number) for number in kvk_numbers} == kvk_numbers
    assert {validators.normalize_btw(number) for number in btw_numbers} == btw_numbers
    assert {validators.normalize_iban(number) for number in ibans} == ibans
    assert (len(kvk_numbers), len(btw_numbers), len(ibans)) == (5, 5, 5)
    assert not (kvk_numbers | btw_numbers | ibans) & PLACEHOLDERS


def test_the_sequences_are_the_19_of_the_plan(folder):
    load(folder)

    sequences = NumberSequence.objects.select_related("business_entity")
    assert {(row.year, row.current_value, row.is_test) for row in sequences} == {(2025, 0, False)}
    assert Counter(row.business_entity.number_prefix for row in sequences) == {"CC": 5, "LT": 4, "MK": 4, "ZS": 3, "RS": 3}
    assert [row.business_entity.number_prefix for row in sequences.filter(document_type="support_ticket")] == ["CC"]


def test_the_completeness_of_a_company_says_what_is_missing(folder):
    load(folder)
    entity = BusinessEntity.objects.get(entity_code="chargecars")

    report = completeness(entity)

    with override("en"):
        assert (report.score, report.issues) == (82, ("logo", "invoice template"))
