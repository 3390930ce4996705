"""A service that joins its caller's transaction."""

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from apps.catalog.models import Article
from apps.core.errors import Refused
from apps.core.transactions import in_transaction
from tests.factories.catalog import ArticleFactory


@in_transaction
def rename(article, name, *, refuse=False):
    """A service that writes before it refuses."""
    Article.objects.filter(pk=article.pk).update(name=name)
    if refuse:
        raise Refused("No.", code="no")


def test_alone_it_is_a_transaction_of_its_own(real_commits):
    article = ArticleFactory(name="before")

    with pytest.raises(Refused):
        rename(article, "after", refuse=True)

    assert Article.objects.get().name == "before"


def test_inside_another_it_sets_no_savepoint(real_commits):
    article = ArticleFactory(name="before")

    with CaptureQueriesContext(connection) as asked, transaction.atomic():
        rename(article, "after")

    assert [query["sql"] for query in asked if "SAVEPOINT" in query["sql"]] == []
    assert Article.objects.get().name == "after"


def test_its_refusal_ends_the_callers_transaction(real_commits):
    article = ArticleFactory(name="before")

    with transaction.atomic():
        with pytest.raises(Refused):
            rename(article, "after", refuse=True)
        with pytest.raises(TransactionManagementError):
            Article.objects.count()

    assert Article.objects.get().name == "before"


def test_inside_a_block_that_is_its_callers_own_the_rest_goes_on(real_commits):
    first, second = ArticleFactory.create_batch(2, name="before")

    with transaction.atomic():
        with pytest.raises(Refused), transaction.atomic():
            rename(first, "after", refuse=True)
        rename(second, "after")

    assert [Article.objects.get(pk=article.pk).name for article in (first, second)] == ["before", "after"]


def test_in_a_test_a_refusal_leaves_the_tests_transaction_open(db):
    article = ArticleFactory(name="before")

    with pytest.raises(Refused):
        rename(article, "after", refuse=True)

    assert Article.objects.get().name == "before"
