"""Numbers: one after the other, none twice, none missing."""

from datetime import UTC, date, datetime

import psycopg
import pytest
import structlog
from django.db import IntegrityError, InternalError, ProgrammingError, connection, transaction
from django.db.models import Max
from django.db.transaction import TransactionManagementError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase

from apps.core.errors import Refused
from apps.organizations.choices import DocumentType, EntityCode, SequenceLevel
from apps.organizations.models import NumberSequence
from apps.organizations.services import generate_entity_number, generate_entity_numbers
from tests.factories.organizations import BusinessEntityFactory, NumberSequenceFactory

DAY = date(2026, 3, 14)
THREADS = 64


class RolledBack(Exception):
    """Thrown to lose a transaction on purpose."""


def lose_transaction():
    raise RolledBack


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("document_type", "number"),
    [
        ("order", "CC-2026-00001"),
        ("quote", "QT-CC-2026-00001"),
        ("invoice", "INV-CC-2026-00001"),
        ("credit_note", "CN-CC-2026-00001"),
        ("work_order", "WO-CC-2026-00001"),
        ("visit", "VST-CC-2026-00001"),
        ("support_ticket", "SUP-2026-00001"),
        ("sales_ticket", "SAL-2026-00001"),
        ("inquiry_ticket", "INQ-2026-00001"),
        ("form_submission", "FS-CC-2026-00001"),
        ("payment", "PAY-CC-2026-00001"),
    ],
)
def test_each_document_has_its_own_format_and_series(document_type, number):
    entity = BusinessEntityFactory()

    assert generate_entity_number(business_entity=entity, document_type=document_type, on_date=DAY) == number


@pytest.mark.django_db
def test_each_company_and_year_counts_for_itself():
    chargecars = BusinessEntityFactory()
    laderthuis = BusinessEntityFactory(entity_code=EntityCode.LADERTHUIS)

    numbers = [
        generate_entity_number(business_entity=entity, document_type="order", on_date=day)
        for entity, day in [(chargecars, DAY), (laderthuis, DAY), (chargecars, date(2027, 1, 1)), (chargecars, DAY)]
    ]

    assert numbers == ["CC-2026-00001", "LT-2026-00001", "CC-2027-00001", "CC-2026-00002"]


@pytest.mark.django_db
def test_tickets_count_for_the_whole_group_on_the_row_of_chargecars():
    chargecars = BusinessEntityFactory()
    ratioshop = BusinessEntityFactory(entity_code=EntityCode.RATIOSHOP)

    numbers = [
        generate_entity_number(business_entity=entity, document_type="support_ticket", on_date=DAY)
        for entity in (ratioshop, chargecars, ratioshop)
    ]

    assert numbers == ["SUP-2026-00001", "SUP-2026-00002", "SUP-2026-00003"]
    assert [(row.business_entity, row.current_value) for row in NumberSequence.objects.all()] == [(chargecars, 3)]


@pytest.mark.django_db
def test_a_test_order_counts_in_a_series_of_its_own():
    entity = BusinessEntityFactory()

    numbers = [
        generate_entity_number(business_entity=entity, document_type="order", on_date=DAY, test=test)
        for test in (False, True, False, True)
    ]

    assert numbers == ["CC-2026-00001", "TEST-CC-2026-00001", "CC-2026-00002", "TEST-CC-2026-00002"]


@pytest.mark.django_db
def test_the_100_000th_number_widens_to_six_digits():
    sequence = NumberSequenceFactory(year=2026, current_value=99_998)

    numbers = [
        generate_entity_number(business_entity=sequence.business_entity, document_type="order", on_date=DAY) for _ in range(3)
    ]

    assert numbers == ["CC-2026-99999", "CC-2026-100000", "CC-2026-100001"]


@pytest.mark.django_db
def test_a_block_of_numbers_goes_on_where_the_series_stands():
    entity = BusinessEntityFactory()

    first = generate_entity_number(business_entity=entity, document_type="invoice", on_date=DAY)
    block = generate_entity_numbers(business_entity=entity, document_type="invoice", on_date=DAY, count=3)
    last = generate_entity_number(business_entity=entity, document_type="invoice", on_date=DAY)

    assert [first, *block, last] == [f"INV-CC-2026-0000{value}" for value in range(1, 6)]
    assert NumberSequence.objects.get().current_value == 5


@pytest.mark.django_db
def test_a_block_of_nothing_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="0 numbers"):
        generate_entity_numbers(business_entity=BusinessEntityFactory(), document_type="order", on_date=DAY, count=0)

    assert not NumberSequence.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "logged"), [(9, []), (10, ["warning"]), (5_009, ["warning"]), (5_010, ["warning", "critical"])]
)
def test_a_block_says_once_that_its_series_is_nearly_full(count, logged):
    sequence = NumberSequenceFactory(year=2026, current_value=89_990)

    with structlog.testing.capture_logs() as entries:
        generate_entity_numbers(business_entity=sequence.business_entity, document_type="order", on_date=DAY, count=count)

    assert [entry["log_level"] for entry in entries] == logged


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("last", "level", "logged"),
    [
        (89_998, SequenceLevel.OK, []),
        (89_999, SequenceLevel.WARNING, ["warning"]),
        (90_000, SequenceLevel.WARNING, []),
        (94_999, SequenceLevel.CRITICAL, ["critical"]),
        (95_000, SequenceLevel.CRITICAL, []),
    ],
)
def test_a_series_that_is_nearly_full_says_so_once(last, level, logged):
    sequence = NumberSequenceFactory(year=2026, current_value=last)

    with structlog.testing.capture_logs() as entries:
        generate_entity_number(business_entity=sequence.business_entity, document_type="order", on_date=DAY)

    sequence.refresh_from_db()
    assert sequence.level == level
    assert [entry["log_level"] for entry in entries] == logged


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moment", "number"),
    [
        (datetime(2026, 12, 31, 22, 59, 59, tzinfo=UTC), "CC-2026-00001"),
        (datetime(2026, 12, 31, 23, 0, 0, tzinfo=UTC), "CC-2027-00001"),
        (datetime(2027, 1, 1, 0, 30, 0, tzinfo=UTC), "CC-2027-00001"),
    ],
)
def test_the_year_changes_at_midnight_in_amsterdam(moment, number):
    entity = BusinessEntityFactory()

    assert generate_entity_number(business_entity=entity, document_type="order", on_date=moment) == number


@pytest.mark.django_db
@pytest.mark.parametrize("entity_code", [EntityCode.ZAPTECSHOP, EntityCode.RATIOSHOP])
def test_a_wholesale_company_has_no_work_orders(entity_code):
    entity = BusinessEntityFactory(entity_code=entity_code)

    with pytest.raises(Refused) as refused:
        generate_entity_number(business_entity=entity, document_type="work_order", on_date=DAY)

    assert refused.value.code == "document_type_not_supported"
    assert not NumberSequence.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("document_type", ["", "Order", "bill", "order\x00"])
def test_an_unknown_document_type_is_refused(document_type):
    entity = BusinessEntityFactory()

    with pytest.raises(Refused) as refused:
        generate_entity_number(business_entity=entity, document_type=document_type, on_date=DAY)

    assert refused.value.code == "document_type_not_found"
    assert not NumberSequence.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "day",
    [date(2024, 12, 31), date(2051, 1, 1), date.min, date.max, datetime(2050, 12, 31, 23, 0, tzinfo=UTC)],
)
def test_a_day_outside_2025_to_2050_is_refused(day):
    entity = BusinessEntityFactory()

    with pytest.raises(Refused) as refused:
        generate_entity_number(business_entity=entity, document_type="order", on_date=day)

    assert refused.value.code == "year_out_of_range"
    assert not NumberSequence.objects.exists()


@pytest.mark.django_db
def test_a_moment_without_a_zone_is_a_mistake_of_ours():
    with pytest.raises(ValueError, match="without a zone"):
        generate_entity_number(
            business_entity=BusinessEntityFactory(),
            document_type="order",
            on_date=datetime(2026, 12, 31, 23, 30),
        )


def test_a_number_is_not_given_outside_a_transaction(real_commits):
    entity = BusinessEntityFactory()

    with pytest.raises(TransactionManagementError):
        generate_entity_number(business_entity=entity, document_type="order", on_date=DAY)

    assert not NumberSequence.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE number_sequence SET current_value = current_value - 1",
        "UPDATE number_sequence SET year = 2027",
        "UPDATE number_sequence SET is_test = true",
        "UPDATE number_sequence SET document_type = 'quote'",
        "DELETE FROM number_sequence",
        "TRUNCATE number_sequence CASCADE",
    ],
)
def test_a_series_never_goes_back(statement):
    sequence = NumberSequenceFactory(current_value=7)

    with pytest.raises((InternalError, ProgrammingError)) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)
    sequence.refresh_from_db()
    assert sequence.current_value == 7


@pytest.mark.django_db
def test_a_series_exists_once():
    sequence = NumberSequenceFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        NumberSequenceFactory(business_entity=sequence.business_entity, year=sequence.year)


class AnyInterleaving(HypothesisTestCase):
    @settings(max_examples=30, deadline=None)
    @given(
        acts=st.lists(
            st.tuples(
                st.sampled_from([EntityCode.CHARGECARS, EntityCode.LADERTHUIS]),
                st.sampled_from([DocumentType.ORDER, DocumentType.INVOICE, DocumentType.SUPPORT_TICKET]),
                st.booleans(),
                st.integers(1, 4),
            ),
            max_size=40,
        )
    )
    def test_whatever_is_rolled_back_every_series_is_1_to_n(self, acts):
        """Documents of any kind, singly or several at once, some lost with their transaction: what is kept counts 1, 2, 3."""
        entities = {code: BusinessEntityFactory(entity_code=code) for code, *_rest in acts}
        entities[EntityCode.CHARGECARS] = BusinessEntityFactory()
        kept: list[str] = []
        for code, document_type, lost, count in acts:
            try:
                with transaction.atomic():
                    numbers = generate_entity_numbers(
                        business_entity=entities[code], document_type=document_type, on_date=DAY, count=count
                    )
                    if lost:
                        lose_transaction()
            except RolledBack:
                continue
            kept += numbers

        assert len(set(kept)) == len(kept)
        series: dict[str, list[int]] = {}
        for number in kept:
            prefix, _dash, value = number.rpartition("-")
            series.setdefault(prefix, []).append(int(value))
        assert all(values == list(range(1, len(values) + 1)) for values in series.values())


def numbers_taken_by_64_at_once(together, take):
    """What 64 transactions keep, each fifth of them rolled back after it took its number."""

    def place_order(index):
        def work():
            with transaction.atomic():
                number = take()
                if index % 5 == 0:
                    lose_transaction()
            return number

        return work

    results = together([place_order(index) for index in range(THREADS)])
    lost = [result for result in results if isinstance(result, RolledBack)]
    kept = [result for result in results if isinstance(result, str)]
    assert len(lost) == 13, results
    assert len(kept) == THREADS - 13, results
    return sorted(kept)


def test_64_at_once_with_a_fifth_rolled_back_leave_no_gap(real_commits, together):
    entity = BusinessEntityFactory()

    kept = numbers_taken_by_64_at_once(
        together, lambda: generate_entity_number(business_entity=entity, document_type="order", on_date=DAY)
    )

    assert kept == [f"CC-2026-{value:05d}" for value in range(1, THREADS - 13 + 1)]
    assert NumberSequence.objects.get().current_value == THREADS - 13


def test_without_the_lock_64_at_once_take_the_same_numbers(real_commits, together):
    """The negative control: looking for the highest number and adding one gives numbers twice."""
    NumberSequenceFactory(year=2026)

    def take_highest_plus_one():
        value = NumberSequence.objects.aggregate(highest=Max("current_value"))["highest"] + 1
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.01)")  # what else an order does meanwhile
        NumberSequence.objects.filter(current_value__lt=value).update(current_value=value)
        return f"CC-2026-{value:05d}"

    kept = numbers_taken_by_64_at_once(together, take_highest_plus_one)

    assert len(set(kept)) < len(kept)
