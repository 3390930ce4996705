"""Migrating an empty database in seconds: Django renders a model and all its neighbours again for each single model, field,
constraint, index and trigger that is added, which is quadratic in the size of the house (measured: 120 of 131 seconds); and
each field with a life tells each class that is made thereafter that it is there, past classes included.

What is added changes nothing that was there before, so here it is put in place: a new class is rendered alone, a new field
joins the class that stands, a model's options grow; and no class of a migration is announced. `manage.py migrate` on a system
in use stays Django's own.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.db.migrations.state import ModelState, ProjectState
from django.db.models import NOT_PROVIDED
from django.db.models.signals import class_prepared
from pgtrigger.migrations import AddTrigger


def migrate_as_owner() -> None:
    with _without_rendering(), _without_announcing(), _without_collecting():
        call_command("migrate", database="owner", verbosity=0, interactive=False)


def _add_model(self: ProjectState, model_state: ModelState) -> None:
    self.models[model_state.app_label, model_state.name_lower] = model_state
    self._relations = None  # worked out anew when asked for
    if "apps" in self.__dict__:
        self.apps.render_multiple([model_state])


def _add_field(
    self: ProjectState,
    app_label: str,
    model_name: str,
    name: str,
    field: Any,
    preserve_default: bool,  # noqa: FBT001 - Django's own signature
) -> None:
    if not preserve_default:
        field = field.clone()
        field.default = NOT_PROVIDED
    self.models[app_label, model_name].fields[name] = field
    self._relations = None  # worked out anew when asked for
    if "apps" in self.__dict__:
        field.clone().contribute_to_class(self.apps.get_model(app_label, model_name), name)


def _append_option(self: ProjectState, app_label: str, model_name: str, option_name: str, obj: Any) -> None:
    options = self.models[app_label, model_name].options
    options[option_name] = [*options.get(option_name, []), obj]
    if "apps" in self.__dict__:
        setattr(self.apps.get_model(app_label, model_name)._meta, option_name, options[option_name])


def _add_trigger(self: AddTrigger, app_label: str, state: ProjectState) -> None:
    options = state.models[app_label, self.model_name].options
    options["triggers"] = [*options.get("triggers", []), self.trigger]


IN_PLACE = (
    (ProjectState, "add_model", _add_model),
    (ProjectState, "add_field", _add_field),
    (ProjectState, "_append_option", _append_option),
    (AddTrigger, "state_forwards", _add_trigger),
)


@contextmanager
def _without_rendering() -> Iterator[None]:
    djangos = [(owner, name, getattr(owner, name)) for owner, name, _ours in IN_PLACE]
    for owner, name, ours in IN_PLACE:
        setattr(owner, name, ours)
    try:
        yield
    finally:
        for owner, name, theirs in djangos:
            setattr(owner, name, theirs)


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
