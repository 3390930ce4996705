"""How these tests see the house: its models, their ranks and their tables."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

import factory
from django.apps import apps
from django.conf import settings
from django.db import models

import tests.factories

RANKS = {
    "core": 1,
    "audit": 2, "events": 2, "gateway": 2,
    "accounts": 3,
    "files": 4,
    "organizations": 5,
    "workflow": 6,
    "catalog": 7, "communication": 7,
    "orders": 8,
    "finance": 9, "installations": 9,
    "partners": 10, "support": 10,
    "reporting": 11,
}  # fmt: skip
LIBRARY_RANK = 0  # Django's and others' tables lie below all of ours

SOURCE_FOLDERS = ("apps", "chargecars", "tests")


def is_ours(model: type[models.Model]) -> bool:
    return model.__module__.startswith("apps.")


def is_history(model: type[models.Model]) -> bool:
    return hasattr(model, "history_object")


def our_models() -> list[type[models.Model]]:
    """Tables that our code declares; the history tables that a library makes of them are left out."""
    found = [model for model in apps.get_models() if is_ours(model) and not is_history(model)]
    return sorted(found, key=lambda model: model._meta.label)


def models_with_history() -> list[type[models.Model]]:
    return [model for model in our_models() if hasattr(model, "history")]


def rank(model: type[models.Model]) -> int:
    return RANKS[model._meta.app_label] if is_ours(model) else LIBRARY_RANK


def source_files() -> list[Path]:
    """Python that people wrote: migrations are Django's."""
    found = [path for folder in SOURCE_FOLDERS for path in (settings.BASE_DIR / folder).rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


@cache
def factories() -> dict[type[models.Model], type[factory.django.DjangoModelFactory]]:
    """The factory of each model: the first one declared, of those that are not abstract."""
    found: dict[type[models.Model], type[factory.django.DjangoModelFactory]] = {}
    for info in pkgutil.iter_modules(tests.factories.__path__):
        module = importlib.import_module(f"tests.factories.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, factory.django.DjangoModelFactory):
                model = value._meta.get_model_class()
                if model is not None:
                    found.setdefault(model, value)
    return found
