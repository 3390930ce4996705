from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.catalog.choices import ArticleType
from apps.catalog.models import Article, ArticleComponent


class ArticleFactory(DjangoModelFactory):
    """A charging station of EUR 599."""

    class Meta:
        model = Article

    article_number = factory.Sequence(lambda n: f"LAADPUNT-{n}")
    name = "Laadpunt 11 kW"
    article_type = ArticleType.CHARGING_STATION
    list_price = Decimal("599.0000")


class ArticleComponentFactory(DjangoModelFactory):
    class Meta:
        model = ArticleComponent

    parent = factory.SubFactory(ArticleFactory, article_type=ArticleType.PACKAGE)
    component = factory.SubFactory(ArticleFactory)
