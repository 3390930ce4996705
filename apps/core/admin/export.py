"""The rows of a list as a file: those that its filters show, in the columns that were chosen, for those who may take them out."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.core.admin.buttons import dress
from apps.core.admin.lists import RecordList, filter_query
from apps.core.exports import export, rows_of
from apps.core.tables import Column, TableFormat

MOST_ROWS = 100_000


class ExportForm(forms.Form):
    """What the file is to be: its kind, and its columns in the order of the page."""

    table_format = forms.ChoiceField(label=_("kind of file"), choices=TableFormat)
    columns = forms.MultipleChoiceField(label=_("columns"), widget=UnfoldAdminCheckboxSelectMultipleWidget)

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(column.name, capfirst(str(column.label))) for column in columns]
        self.fields["columns"].initial = [column.name for column in columns]


class ExportPage(ModelAdmin):
    """A list that can be taken out as a file.

    Attributes:
        export_columns: what a row can say.
        export_scopes: any of these lets somebody take rows out; to see them on the screen is not enough.
        personal_scope: lets somebody take out how people are reached and where they live.
    """

    export_columns: Sequence[Column] = ()
    export_scopes: Sequence[str] = ()
    personal_scope = ""

    def may_export(self, request: HttpRequest) -> bool:
        return self.has_view_or_change_permission(request) and request.user.has_scope(*self.export_scopes)

    def columns_for(self, user: Any) -> list[Column]:
        """The columns that somebody may take out."""
        sees_people = user.has_scope(self.personal_scope)
        return [column for column in self.export_columns if sees_people or not column.is_personal]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", self.admin_site.admin_view(self.export_view), name=name), *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, tuple[Callable[..., Any], str, Any]]:
        others = super().get_actions(request)
        if "_popup" in request.GET or not self.may_export(request):
            return others
        return {**others, "export": (_export_chosen, "export", _("Export"))}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        offered = {}
        if self.may_export(request):
            offered["export_url"] = f"{self.export_url()}?{filter_query(request.GET).urlencode()}"
        return super().changelist_view(request, {**offered, **(extra_context or {})})

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Ask for the kind of file and its columns; then hand it out."""
        if not self.may_export(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._list_url()}?e=1")
        number = changelist.queryset.order_by().values("pk")[: MOST_ROWS + 1].count()
        form = ExportForm(request.POST if request.method == "POST" else None, columns=self.columns_for(request.user))
        dress(form)
        if number <= MOST_ROWS and request.method == "POST" and form.is_valid():
            answer = self._file(request, changelist, number, form.cleaned_data)
            if answer is not None:
                return answer
            messages.warning(request, gettext("Another export is being made just now. Try again in a minute."))
        return self._export_page(request, changelist, number, form)

    def _file(
        self, request: HttpRequest, changelist: RecordList, number: int, wanted: Mapping[str, Any]
    ) -> StreamingHttpResponse | None:
        columns = [column for column in self.columns_for(request.user) if column.name in wanted["columns"]]
        told = {"page": self.opts.label_lower, "filter": filter_query(request.GET).urlencode(), "rows": number}
        title = capfirst(str(self.opts.verbose_name_plural))
        return export(TableFormat(wanted["table_format"]), columns, rows_of(changelist.queryset), title=title, told=told)

    def _export_page(self, request: HttpRequest, changelist: RecordList, number: int, form: ExportForm) -> TemplateResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Export"),
            "opts": self.opts,
            "shown": changelist,
            "form": form,
            "number": number,
            "told": ngettext("%(number)s row", "%(number)s rows", number) % {"number": number},
            "is_too_many": number > MOST_ROWS,
            "most": MOST_ROWS,
            "list_url": f"{self._list_url()}?{filter_query(request.GET).urlencode()}",
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/export.html", context)

    def export_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_export")

    def _list_url(self) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist")


def _export_chosen(pages: ExportPage, request: HttpRequest, queryset: models.QuerySet) -> HttpResponse:
    """To the export of the rows that were ticked, or of all that the filters show."""
    query = filter_query(request.GET)
    if request.POST.get("select_across") != "1":
        query.setlist(f"{pages.opts.pk.name}__in", request.POST.getlist(ACTION_CHECKBOX_NAME))
    return HttpResponseRedirect(f"{pages.export_url()}?{query.urlencode()}")
