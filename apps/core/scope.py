"""Whose rows a person sees, asked in one way for every model; what has no answer is kept from all but the whole group's people.

A model tells with its queryset's `visible_to`. For a model that lies below whoever knows whose its rows are, such as users,
an app above registers the answer in its `ready()`.
"""

from collections.abc import Callable
from typing import Any

from django.db import models

WHOLE_GROUP = "multi.entity"

Scope = Callable[[models.QuerySet, Any], models.QuerySet]

_scopes: dict[type[models.Model], Scope] = {}


def register_scope(model: type[models.Model], scope: Scope) -> None:
    """Tell whose the rows of a lower app's model are: `scope` narrows a queryset to what a person may see of it."""
    _scopes[model] = scope


def is_scoped(model: type[models.Model]) -> bool:
    """Whether somebody has told whose the model's rows are."""
    return model in _scopes or hasattr(model._default_manager.all(), "visible_to")


def sees_the_whole_group(user: Any) -> bool:
    """Whether no row is hidden from a person, whosesoever it is."""
    return bool(user is not None and user.is_active and user.has_scope(WHOLE_GROUP))


def visible(rows: models.QuerySet, user: Any) -> models.QuerySet:
    """What a person may see of these rows."""
    if hasattr(rows, "visible_to"):
        return rows.visible_to(user)
    if rows.model in _scopes:
        return _scopes[rows.model](rows, user)
    return rows if sees_the_whole_group(user) else rows.none()
