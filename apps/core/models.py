"""Bases of every table. Core itself owns none."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from apps.core.keys import new_key
from apps.core.triggers import SetUpdatedAt


class BusinessModel(models.Model):
    """A row with a UUID key and its technical moments, which no rule of the business uses.

    A subclass with its own Meta inherits `BusinessModel.Meta`: Django drops the triggers of a base otherwise.
    """

    id = models.UUIDField(primary_key=True, default=new_key, editable=False)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)
    updated_at = models.DateTimeField(_("updated at"), db_default=Now(), editable=False)

    class Meta:
        abstract = True
        triggers: ClassVar[list[pgtrigger.Trigger]] = [SetUpdatedAt()]


def known(field: str, choices: type[models.TextChoices]) -> models.CheckConstraint:
    """A constraint: the column holds one of the choices, whoever writes it."""
    return models.CheckConstraint(
        name=f"%(app_label)s_%(class)s_{field}_known",
        condition=models.Q(**{f"{field}__in": sorted(choices.values)}),
    )


def trigrams(field: str, *, condition: models.Q | None = None) -> GinIndex:
    """An index by which text is found by any three letters of it, in either case, as `icontains` asks."""
    expression = OpClass(Upper(field), name="gin_trgm_ops")
    return GinIndex(expression, name=f"%(class)s_{field}_trgm", condition=condition)


def where_filled(field: str, *, name: str) -> models.Index:
    """An index of a reference that most rows leave empty, of the other rows; in place of Django's own, which holds every row."""
    return models.Index(fields=[field], name=name, condition=models.Q(**{f"{field}__isnull": False}))
