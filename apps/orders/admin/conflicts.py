"""What happens when two people change one order at the same time: neither loses what they typed."""

from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from unfold.admin import ModelAdmin

from apps.core.admin import ActionButton
from apps.core.admin.buttons import put_refusal
from apps.core.errors import DomainError
from apps.orders.models import Order
from apps.orders.queries import Edit, edits_since

VERSION_CONFLICT = "version_conflict"


def explained(order: Order, version: int) -> str:
    """The block that says what others changed after the version that somebody had read."""
    fresh = Order.objects.get(pk=order.pk)
    return render_to_string("admin/orders/conflict.html", {"order": fresh, "edits": edits_since(order, version)})


def merged(data: QueryDict, typed: dict[str, Any], order: Order) -> QueryDict:
    """A form's answers upon the newest version: theirs where they typed, the other's where they had left it as it was.

    `typed` are the answers as they were read, with the version they were based on.
    """
    fresh = Order.objects.get(pk=order.pk)
    answers = data.copy()
    answers["version"] = str(fresh.version)
    for name, before in _before(edits_since(order, typed["version"])).items():
        if name in typed and _plain(typed[name]) == _plain(before):
            answers[name] = _plain(getattr(fresh, Order._meta.get_field(name).attname))
    return answers


def _before(edits: list[Edit]) -> dict[str, Any]:
    """What the fields held before the first of these changes touched them."""
    known: dict[str, Any] = {}
    for edit in edits:
        known = {**edit.before, **known}
    return known


def _plain(value: Any) -> str:
    return "" if value is None else str(value.pk if isinstance(value, models.Model) else value)


class EditedAtOnce(ModelAdmin):
    """Buttons whose form knows a version."""

    def _refused(
        self, request: HttpRequest, record: Order, button: ActionButton, form: forms.Form, error: DomainError
    ) -> HttpResponse:
        if error.code != VERSION_CONFLICT:
            return super()._refused(request, record, button, form, error)
        said = explained(record, form.cleaned_data["version"])
        again = button.build_form(data=merged(request.POST, form.cleaned_data, record), record=record, by=request.user)
        put_refusal(again, error)
        return self._button_page(request, record, button, again, above=said)
