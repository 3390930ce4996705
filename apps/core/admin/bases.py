"""Bases of the admin's pages."""

import json
from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.admin.utils import flatten, quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.admin.buttons import ActionButton, put_refusal, refusal_texts
from apps.core.admin.history import history_page
from apps.core.admin.lists import CountedSoFar, Preset, RecordList
from apps.core.admin.saved import SavedFilterPage
from apps.core.crypto import encrypted_fields
from apps.core.errors import DomainError, Text
from apps.core.scope import is_scoped, sees_the_whole_group, visible

# A search of thousands of words brings PostgreSQL down: each becomes its own condition on every searched column.
SEARCH_LENGTH, SEARCH_WORDS = 100, 5


class JsonInput(UnfoldAdminTextareaWidget):
    """JSON as people can read it, in a field about as tall as it is long."""

    lowest, tallest = 3, 20

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        lines = (context["widget"]["value"] or "").count("\n") + 1
        context["widget"]["attrs"].update(rows=max(self.lowest, min(lines, self.tallest)), spellcheck="false")
        return context

    def format_value(self, value: Any) -> Any:
        try:
            return json.dumps(json.loads(value), indent=2, ensure_ascii=False)
        except (TypeError, ValueError):  # what was typed is shown as it was typed
            return super().format_value(value)


def back_home(address: str) -> HttpResponseRedirect:
    """To the home page as it was, which offered the act; to no other address, whatever the form says."""
    home, query = reverse("admin:index"), urlsplit(address).query
    return HttpResponseRedirect(f"{home}?{query}" if query else home)


class BaseAdmin(SavedFilterPage):
    """A page that shows what its reader may see, offers acts as buttons, and never deletes.

    Whose rows it shows is what its model says (`core.scope`). A model that says nothing is a `WholeGroupPage`, or its page
    tells why not.

    Attributes:
        shared_because: why everybody with the page's right may see every row.
        presets: links above the list, each a look at it that many want.
        continues_by: the column of its order, newest first, by which a list that is longer than its pages goes on.
    """

    shared_because: ClassVar[str] = ""
    buttons: Sequence[ActionButton] = ()
    empty_list: Text = ""  # what an empty list says: what will stand there, and how it comes there
    presets: Sequence[Preset] = ()
    continues_by = ""
    paginator = CountedSoFar
    list_before_template = "admin/includes/list_head.html"
    change_form_template = "admin/record_change_form.html"
    show_full_result_count = False
    list_per_page = 50
    list_filter_submit = True
    list_fullwidth = True
    warn_unsaved_form = True
    compressed_fields = False
    formfield_overrides = {models.JSONField: {"widget": JsonInput}}
    save_on_top = False
    actions = None
    empty_value_display = "–"

    def heading(self, record: Any) -> Text:
        """What the head of its page calls a record; for one whose own name is a code."""
        return str(record)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        record = super().get_object(request, object_id, from_field or None)  # an empty one is none
        if record is not None:
            record.heading = self.heading(record)
        return record

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        return self.choosable(super().get_queryset(request), request)

    def choosable(self, rows: models.QuerySet, request: HttpRequest) -> models.QuerySet:
        """What the reader may see of rows of any model: those that its own page would list."""
        pages = self.admin_site._registry.get(rows.model)
        return rows if getattr(pages, "shared_because", "") else visible(rows, request.user)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[RecordList]:
        return RecordList

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: models.Model | None = None) -> Any:
        """Whoever may not change a record sees nothing of its secrets: a form asks for them, a page to read would tell them."""
        fieldsets = super().get_fieldsets(request, obj)
        secrets = {field.name for field in encrypted_fields(self.model)}
        if not secrets or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, {**options, "fields": [name for name in flatten(options["fields"]) if name not in secrets]})
            for title, options in fieldsets
        ]

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet, search_term: str
    ) -> tuple[models.QuerySet, bool]:
        words = search_term[:SEARCH_LENGTH].split()[:SEARCH_WORDS]
        return super().get_search_results(request, queryset, " ".join(words))

    def get_paginator(self, request: HttpRequest, queryset: models.QuerySet, *args: Any, **kwargs: Any) -> Paginator:
        """Pages of rows in an order: those of a look-up may have none, and would come twice or never."""
        return super().get_paginator(request, queryset if queryset.ordered else queryset.order_by("pk"), *args, **kwargs)

    def get_autocomplete_fields(self, request: HttpRequest) -> Sequence[str]:
        """Every relation to a searchable page, unless the class lists its own."""
        return self.autocomplete_fields or [
            field.name
            for field in (*self.model._meta.fields, *self.model._meta.many_to_many)
            if field.remote_field
            and field.name not in (*self.raw_id_fields, *self.radio_fields)
            and getattr(self.admin_site._registry.get(field.related_model), "search_fields", None)
        ]

    def formfield_for_foreignkey(
        self, db_field: models.ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """Only records that the reader may see can be chosen, whatever key the form sends; what was chosen may stay."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None:
            seen = self.choosable(field.queryset, request).values("pk")
            chosen = self.model._base_manager.filter(pk=self._shown_key(request)).values(db_field.attname)
            field.queryset = field.queryset.filter(models.Q(pk__in=seen) | models.Q(pk__in=chosen))
        return field

    def _shown_key(self, request: HttpRequest) -> Any:
        """The key of the record that the page is about, None where it is about none."""
        match = request.resolver_match
        given = unquote(match.kwargs.get("object_id", "")) if match else ""
        try:
            return self.model._meta.pk.to_python(given) if given else None
        except ValidationError:
            return None

    def formfield_for_manytomany(
        self, db_field: models.ManyToManyField, request: HttpRequest, **kwargs: Any
    ) -> ModelMultipleChoiceField | None:
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.queryset = self.choosable(field.queryset, request)
        return field

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as error:  # raised by a service in save_model: all of it has been rolled back
            for text in refusal_texts(error):
                messages.error(request, text)
            return HttpResponseRedirect(request.get_full_path())

    # Buttons

    def get_buttons(self, request: HttpRequest, record: models.Model) -> Sequence[ActionButton]:
        """The acts that this record's page offers; override where they depend on more than the record's class."""
        return self.buttons

    def permitted_buttons(self, request: HttpRequest, record: models.Model) -> list[ActionButton]:
        return [
            button
            for button in self.get_buttons(request, record)
            if button.is_offered(record) and button.is_permitted(request.user, self.model)
        ]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_button"
        view = self.admin_site.admin_view(self.button_view)
        return [path("<path:object_id>/do/<slug:slug>/", view, name=name), *super().get_urls()]

    def button_url(self, record: models.Model, button: ActionButton) -> str:
        return reverse(
            f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_button",
            args=[quote(record.pk), button.slug],
        )

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
        record = context.get("original")
        if record is not None:
            context["subtitle"] = record.heading
            context["record_buttons"] = [
                {"button": button, "url": self.button_url(record, button)} for button in self.permitted_buttons(request, record)
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def button_view(self, request: HttpRequest, object_id: str, slug: str) -> HttpResponse:
        """Ask, do, and return to the record; a refusal is shown and changes nothing."""
        record = self._record(request, object_id)
        button = next((each for each in self.permitted_buttons(request, record) if each.slug == slug), None)
        if button is None:
            messages.warning(request, _("This is no longer possible: the record has changed meanwhile."))
            return self._back_to(record)
        given = (request.POST, request.FILES) if request.method == "POST" else (None, None)
        form = button.build_form(data=given[0], files=given[1], record=record, by=request.user)
        if request.method == "POST" and form.is_valid():
            try:
                result = button.run(record=record, answers=form.cleaned_data, by=request.user)
            except DomainError as error:
                return self._refused(request, record, button, form, error)
            if button.shows:
                page = {**self.record_context(request, record, title=button.label), "result": result, "media": self.media}
                return TemplateResponse(request, button.shows, page)
            messages.success(request, button.said(result))
            if "back" in request.POST:
                return back_home(request.POST["back"])
            return self._back_to(button.leads_to(result) if button.leads_to else record)
        return self._button_page(request, record, button, form)

    def _refused(
        self, request: HttpRequest, record: models.Model, button: ActionButton, form: Any, error: DomainError
    ) -> HttpResponse:
        if button.asks:
            put_refusal(form, error)
            return self._button_page(request, record, button, form)
        for text in refusal_texts(error):
            messages.error(request, text)
        return self._back_to(record)

    def _button_page(
        self, request: HttpRequest, record: models.Model, button: ActionButton, form: Any, *, above: str = ""
    ) -> TemplateResponse:
        context = {
            **self.record_context(request, record, title=button.label),
            "above": above,
            "button": button,
            "form": form,
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/button_form.html", context)

    def record_context(self, request: HttpRequest, record: models.Model, *, title: Text) -> dict[str, Any]:
        """What every page about one record has beside what it shows: its title, its way back."""
        return {
            **self.admin_site.each_context(request),
            "title": title,
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "record_url": self._url("change", record),
        }

    # History

    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        record = self._record(request, object_id)
        if not hasattr(record, "history"):
            return super().history_view(request, object_id, extra_context)
        page, versions = history_page(record, request.GET.get("p"))
        context = {
            **self.record_context(request, record, title=_("History")),
            "page": page,
            "versions": versions,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/record_history.html", context)

    def _record(self, request: HttpRequest, object_id: str) -> models.Model:
        record = self.get_object(request, unquote(object_id))
        if record is None:
            raise Http404
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        return record

    def _url(self, page: str, record: models.Model) -> str:
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}"
        return reverse(name, args=[quote(record.pk)])

    def _back_to(self, record: models.Model) -> HttpResponseRedirect:
        return HttpResponseRedirect(self._url("change", record))


class ReadOnlyAdmin(BaseAdmin):
    """A page of rows that people read and never write; acts on them are buttons."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        meta = self.opts
        return any(request.user.has_perm(f"{meta.app_label}.{act}_{meta.model_name}") for act in ("view", "change"))


class WholeGroupPage(ModelAdmin):
    """Only for whoever sees the whole group, whatever other rights they hold; stands before the other bases.

    Its rows tell of every company without saying of which, or give sight of more than one company.
    """

    def has_module_permission(self, request: HttpRequest) -> bool:
        return sees_the_whole_group(request.user) and super().has_module_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return sees_the_whole_group(request.user) and super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_the_whole_group(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return sees_the_whole_group(request.user) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return sees_the_whole_group(request.user) and super().has_delete_permission(request, obj)


class RowsInline(TabularInline):
    """Rows of another table on a record's page, to read and to open; of a model that has a scope those within it."""

    extra = 0
    hide_title = True
    can_delete = False
    show_change_link = True
    tab = False

    def get_queryset(self, request: HttpRequest) -> models.QuerySet:
        rows = super().get_queryset(request)
        return visible(rows, request.user) if is_scoped(self.model) else rows

    def has_add_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False
