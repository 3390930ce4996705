"""A button on a record's page: it asks what the service needs, calls it, and says what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold import widgets

from apps.core.errors import DomainError, Text
from apps.core.transactions import retrying


class ActionForm(forms.Form):
    """A form behind a button; it knows the record it is about and who fills it in."""

    def __init__(self, *args: Any, record: models.Model, by: Any, **kwargs: Any) -> None:
        self.record, self.by = record, by
        super().__init__(*args, **kwargs)


@dataclass(frozen=True)
class ActionButton:
    """One business act, offered on a record's page.

    Attributes:
        service: called with the record, the form's fields and `by`.
        label: what the button says.
        form: asks for the service's arguments; each field is one of its keywords.
        answer: what the button under the form says, where that is not what led to it.
        confirm: a question put before it happens.
        permission: the scope (or scopes, any of them) that the act needs; the model's change permission by default.
        name: its word in the address; the service's own name by default.
        subject: the service's keyword for the record; the model's name by default.
        arguments: keywords that are always the same, such as the status to go to.
        initial: what the form shows first, from the record.
        refusals: what stands against it now: the button is shown, cannot be pressed, and says why.
        offered: whether a record's page has the button at all.
        done: what the page says afterwards; a function says it of what the service gave.
        leads_to: the record whose page comes next, of what the service gave; the same record by default.
        shows: a template for a page of its own about what the service gave (its `result`), in place of going back.
        variant: primary, default or danger.
    """

    service: Callable[..., Any]
    label: Text
    form: type[forms.Form] | None = None
    answer: Text = ""
    confirm: Text = ""
    permission: str | Sequence[str] | None = None
    name: str = ""
    subject: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    initial: Callable[[Any], dict[str, Any]] | None = None
    refusals: Sequence[Text] = ()
    offered: Callable[[Any], bool] | None = None
    done: Text | Callable[[Any], Text] = _("Done.")
    shows: str = ""
    leads_to: Callable[[Any], models.Model] | None = None
    variant: str = "default"
    icon: str = ""

    @property
    def slug(self) -> str:
        return self.name or slugify(self.service.__name__.replace("_", "-"))

    def is_offered(self, record: models.Model) -> bool:
        return self.offered is None or self.offered(record)

    def is_permitted(self, user: Any, model: type[models.Model]) -> bool:
        if self.permission is None:
            return bool(user.has_perm(f"{model._meta.app_label}.change_{model._meta.model_name}"))
        scopes = [self.permission] if isinstance(self.permission, str) else self.permission
        return any(user.has_scope(scope) for scope in scopes)

    @property
    def asks(self) -> bool:
        """Whether there is something to fill in or to confirm before it happens."""
        return self.form is not None or bool(self.confirm)

    def said(self, result: Any) -> str:
        """What the page says when the service gave `result`."""
        return str(self.done(result) if callable(self.done) else self.done)

    def build_form(self, *, data: Any, record: models.Model, by: Any, files: Any = None) -> forms.Form:
        form_class = self.form or forms.Form
        about = {"record": record, "by": by} if issubclass(form_class, ActionForm) else {}
        initial = self.initial(record) if self.initial else {}
        form = form_class(data, files, initial=initial, **about)
        dress(form)
        return form

    def run(self, *, record: models.Model, answers: Mapping[str, Any], by: Any) -> Any:
        """Carry the act out.

        Raises:
            DomainError: the service refused; nothing was changed.
        """
        subject = self.subject or record._meta.model_name
        return retrying(lambda: self.service(**{subject: record}, **self.arguments, **answers, by=by))


def put_refusal(form: forms.Form, error: DomainError) -> None:
    """Show a refusal where it belongs: at its field if the form has it, else above the form, with every reason."""
    form.add_error(None, str(error.detail))
    for reason in error.extra.get("reasons", ()):
        if str(reason["detail"]) != str(error.detail):
            form.add_error(None, str(reason["detail"]))
    for fault in error.fields:
        name = fault.pointer.strip("/").split("/")[0]
        form.add_error(name if name in form.fields else None, str(fault.detail))


def refusal_texts(error: DomainError) -> list[str]:
    """The refusal and every reason and field behind it, each once."""
    reasons = [str(reason["detail"]) for reason in error.extra.get("reasons", ())]
    faults = [str(fault.detail) for fault in error.fields]
    return list(dict.fromkeys([str(error.detail), *reasons, *faults]))


class _DateInput(widgets.UnfoldAdminTextInputWidget):
    """The browser's own calendar: it speaks the user's language and fits a phone."""

    input_type = "date"

    def format_value(self, value: Any) -> str | None:
        return value.isoformat() if hasattr(value, "isoformat") else super().format_value(value)


class _MomentInput(widgets.UnfoldAdminTextInputWidget):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"

    def format_value(self, value: Any) -> str | None:
        return f"{value:%Y-%m-%dT%H:%M}" if hasattr(value, "isoformat") else super().format_value(value)


# The first kind of field that fits decides; subclasses stand before their bases.
_WIDGETS: tuple[tuple[type[forms.Field], Callable[[], forms.Widget]], ...] = (
    (forms.ModelMultipleChoiceField, widgets.UnfoldAdminSelectMultipleWidget),
    (forms.ModelChoiceField, widgets.UnfoldAdminSelectWidget),
    (forms.MultipleChoiceField, widgets.UnfoldAdminSelectMultipleWidget),
    (forms.ChoiceField, widgets.UnfoldAdminSelectWidget),
    (forms.BooleanField, widgets.UnfoldBooleanSwitchWidget),
    (forms.DateTimeField, _MomentInput),
    (forms.DateField, _DateInput),
    (forms.DecimalField, widgets.UnfoldAdminDecimalFieldWidget),
    (forms.IntegerField, widgets.UnfoldAdminIntegerFieldWidget),
    (forms.EmailField, widgets.UnfoldAdminEmailInputWidget),
    (forms.FileField, widgets.UnfoldAdminFileFieldWidget),
    (forms.CharField, widgets.UnfoldAdminTextInputWidget),
)


def dress(form: forms.Form) -> None:
    """Give plain form fields the look of the admin; a widget chosen on purpose stays."""
    for each in form.fields.values():
        if type(each.widget) is forms.Textarea:
            _replace(each, widgets.UnfoldAdminTextareaWidget(attrs={**each.widget.attrs, "rows": 4}))
        elif type(each.widget).__module__ == "django.forms.widgets" and not each.widget.is_hidden:
            _replace(each, next((make() for kind, make in _WIDGETS if isinstance(each, kind)), each.widget))


def _replace(each: forms.Field, widget: forms.Widget) -> None:
    own = each.widget
    widget.attrs.update({key: value for key, value in own.attrs.items() if key != "class"})
    widget.is_required = each.required
    if isinstance(each, forms.ChoiceField):
        widget.choices = own.choices
    each.widget = widget
