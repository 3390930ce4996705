"""Prepared look-ups give what the queryset gives, and prepared inserts store what `save()` stores."""

from decimal import Decimal

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import ApiKey
from apps.catalog.models import Article
from apps.core.prepared import Prepared, any_of, insert, insert_all, prepared_reads
from apps.orders.choices import OrderStatus as S
from apps.orders.models import LineItem, Order
from tests.factories.accounts import ApiKeyFactory
from tests.factories.catalog import ArticleFactory
from tests.factories.orders import OrderFactory

BY_NUMBER = Prepared(
    lambda number: Order.objects.select_related("business_entity", "primary_contact__organization").filter(order_number=number),
    samples=["-number-"],
)


def test_a_row_is_the_one_that_the_queryset_gives(db):
    order = OrderFactory(customer_differences={"phone": {"known": "1", "given": "2"}})

    found = BY_NUMBER.first(order.order_number)

    assert found == order
    assert {field.attname: getattr(found, field.attname) for field in Order._meta.concrete_fields} == {
        field.attname: getattr(Order.objects.get(pk=order.pk), field.attname) for field in Order._meta.concrete_fields
    }


def test_what_it_selects_with_it_costs_no_further_question(db):
    order = OrderFactory()
    found = BY_NUMBER.first(order.order_number)

    with CaptureQueriesContext(
        connection,
    ) as asked:
        told = (found.business_entity, found.primary_contact, found.primary_contact.organization)

    assert told == (order.business_entity, order.primary_contact, order.primary_contact.organization)
    assert len(asked) == 0


def test_none_where_there_is_none(db):
    assert BY_NUMBER.first("CC-2026-99999") is None


def test_each_call_has_its_own_values(db):
    first, second = OrderFactory.create_batch(2)

    assert [BY_NUMBER.first(order.order_number) for order in (first, second, first)] == [first, second, first]


def test_a_list_is_one_value_however_long(db):
    articles = ArticleFactory.create_batch(3)
    by_numbers = Prepared(
        lambda numbers: Article.objects.filter(article_number__in=any_of(numbers)).order_by("article_number"), samples=[["-"]]
    )
    numbers = sorted(article.article_number for article in articles)

    assert [row.article_number for row in by_numbers.rows(numbers)] == numbers
    assert [row.article_number for row in by_numbers.rows(numbers[:1])] == numbers[:1]
    assert list(by_numbers.rows([])) == []


def test_a_page_of_small_queries_reads_the_same_and_names_our_choices_in_their_text(db):
    wanted = OrderFactory(status=S.PLANNING, notes="50%s of it's %% done")
    OrderFactory(status=S.PLANNING)
    OrderFactory(status=S.SCHEDULED, notes=wanted.notes)
    asked = Order.objects.filter(status__in=[S.PLANNING, S.ON_HOLD], notes__contains="%s of it's %%").exclude(notes="'")

    with prepared_reads():
        found = [list(asked.all()) for _ in range(3)]

    assert found == [[wanted]] * 3
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements")
        texts = [text for (text,) in cursor.fetchall() if "notes" in text and "planning" in text]
    assert [text.count("'planning', 'on_hold'") for text in texts] == [1]
    assert wanted.notes not in texts[0]


def test_threads_ask_at_the_same_time(real_commits, together):
    key = ApiKeyFactory()
    by_id = Prepared(lambda key_id: ApiKey.objects.filter(key_id=key_id), samples=["-key-"])

    assert together([lambda: by_id.first(key.key_id)] * 4) == [key] * 4


def test_annotations_are_refused():
    counted = Prepared(lambda number: Order.objects.with_clock().filter(order_number=number), samples=["-number-"])

    with pytest.raises(ValueError, match="annotations"):
        counted.first("CC-2026-00001")


def test_an_inserted_record_is_as_saved(db):
    order = OrderFactory()
    line = LineItem(order=order, line_order=1, description="Kabel", unit_price_customer=Decimal("1.25"), total=Decimal("1.25"))

    stored = insert(line)

    assert stored is line
    assert stored._state.adding is False
    assert {field.attname: getattr(line, field.attname) for field in LineItem._meta.concrete_fields} == {
        field.attname: getattr(LineItem.objects.get(pk=line.pk), field.attname) for field in LineItem._meta.concrete_fields
    }


def test_many_records_are_one_statement(db):
    order = OrderFactory()
    lines = [
        LineItem(order=order, line_order=number, description="Kabel", unit_price_customer=number, total=number)
        for number in range(1, 4)
    ]

    with CaptureQueriesContext(connection) as asked:
        insert_all(lines)
        insert_all([])

    assert len(asked) == 1
    assert set(order.line_items.all()) == set(lines)


def test_a_moment_that_is_given_is_kept(db):
    order = OrderFactory()
    again = Order.objects.get(pk=order.pk)
    again.pk, again.order_number, again.created_at = None, "CC-2026-00999", order.created_at.replace(year=2025)
    again.id = type(order.pk)(int=7)

    insert(again)

    assert Order.objects.get(order_number="CC-2026-00999").created_at.year == 2025


def test_a_constraint_refuses_as_ever(db):
    order = OrderFactory()
    twin = Order.objects.get(pk=order.pk)

    with pytest.raises(IntegrityError), transaction.atomic():
        insert(twin)

    assert Order.objects.count() == 1


def test_a_wrong_queryset_fails_when_it_is_first_asked(db):
    with pytest.raises(FieldError):
        Prepared(lambda number: Order.objects.filter(no_such_field=number), samples=["-"]).first("x")


def test_a_sample_that_the_query_leaves_out_is_refused(db):
    """Django drops `sequence > -1` from a column that is never negative; each call would then get every row."""
    after = Prepared(lambda line: LineItem.objects.filter(line_order__gt=line), samples=[-1])

    with pytest.raises(ValueError, match="does not depend on"):
        after.first(3)
