"""Articles and what packages hold: what the database refuses, whoever writes it."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from apps.catalog.models import Article
from tests.factories.catalog import ArticleComponentFactory, ArticleFactory


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"article_type": "toy"},
        {"list_price": -1},
        {"cost_price": -1},
        {"vat_rate": 2},
        {"installation_complexity": 11},
        {"minimum_stock_level": 5, "maximum_stock_level": 4},
        {"description": "x" * 5001},
    ],
)
def test_the_database_refuses_an_impossible_article(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleFactory(**wrong)

    assert not Article.objects.exists()


@pytest.mark.django_db
def test_an_article_number_is_given_once():
    article = ArticleFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleFactory(article_number=article.article_number)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "wrong",
    [
        {"default_quantity": 0},
        {"min_quantity": -1},
        {"min_quantity": 2},
        {"max_quantity": "0.5"},
        {"special_instructions": "x" * 2001},
    ],
)
def test_the_database_refuses_impossible_quantities(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        ArticleComponentFactory(**wrong)


@pytest.mark.django_db
def test_a_package_holds_an_article_once_and_never_itself():
    row = ArticleComponentFactory()

    for component in (row.component, row.parent):
        with pytest.raises(IntegrityError), transaction.atomic():
            ArticleComponentFactory(parent=row.parent, component=component)


@pytest.mark.django_db
def test_what_is_sellable_is_active_and_for_sale():
    sellable = ArticleFactory()
    ArticleFactory(is_active=False)
    ArticleFactory(is_sellable=False)

    assert list(Article.objects.sellable()) == [sellable]


def refusals(specifications):
    """The codes with which specifications are refused; none where they are taken."""
    try:
        ArticleFactory.build(specifications=specifications).clean_fields()
    except ValidationError as refused:
        return {error.code for error in refused.error_dict["specifications"]}
    return set()


@pytest.mark.parametrize(
    "specifications",
    [{}, {"power_kw": 11, "rfid": True, "connector": "Type 2"}, {"colours": ["wit", "zwart"]}],
)
def test_specifications_are_plain_facts(specifications):
    assert refusals(specifications) == set()


@pytest.mark.parametrize(
    "specifications",
    [[], "11 kW", {"Power": 11}, {"power_kw": {"value": 11}}, {"colours": [1]}, {"note": "x" * 501}, {"a": None}],
)
def test_specifications_of_another_shape_are_refused(specifications):
    assert refusals(specifications) == {"schema"}


_json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(specifications=_json.filter(lambda value: value is not None))
def test_any_json_is_taken_or_refused_for_its_shape(specifications):
    assert refusals(specifications) <= {"schema"}


def test_cleared_specifications_are_none():
    article = ArticleFactory.build(specifications=None)

    article.clean_fields()

    assert article.specifications == {}
