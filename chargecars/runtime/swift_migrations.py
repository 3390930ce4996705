"""Migrating an empty database in seconds: Django renders a model and all its neighbours again for each single constraint,
index and trigger, which is quadratic in the size of the house (measured: 22 of 26 seconds); and each field with a life tells
each class that is made thereafter that it is there, past classes included (measured: more than half of what was left).

None of these changes what neighbours see, so here the one model's options are changed in place, and no class of a migration
is announced. `manage.py migrate` on a system in use stays Django's own.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db.migrations.state import ProjectState
from django.db.models.signals import class_prepared
from pgtrigger.migrations import AddTrigger


def migrate_as_owner() -> None:
    with _without_rendering(), _without_announcing(), _without_collecting():
        call_command("migrate", database="owner", verbosity=0, interactive=False)


def _append_option(self: ProjectState, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
    options = self.models[app_label, model_name].options
    options[option_name] = [*options.get(option_name, []), obj]
    if "apps" in self.__dict__:
        setattr(self.apps.get_model(app_label, model_name)._meta, option_name, options[option_name])


def _add_trigger(self: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, self.model_name].options
    options["triggers"] = [*options.get("triggers", []), self.trigger]


@contextmanager
def _without_rendering() -> Iterator[None]:
    before = ProjectState._append_option, AddTrigger.state_forwards
    ProjectState._append_option, AddTrigger.state_forwards = _append_option, _add_trigger
    try:
        yield
    finally:
        ProjectState._append_option, AddTrigger.state_forwards = before


@contextmanager
def _without_announcing() -> Iterator[None]:
    """Who listens for new classes is interested in those that do something; those of a migration hold columns alone."""
    listeners, send = list(class_prepared.receivers), class_prepared.send
    class_prepared.send = lambda sender, **named: []  # type: ignore[method-assign]  # for as long as this lasts
    try:
        yield
    finally:
        class_prepared.send = send  # type: ignore[method-assign]
        class_prepared.receivers = listeners
        class_prepared.sender_receivers_cache.clear()


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Thousands of short-lived model classes hold the collector up; the process ends soon after."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
