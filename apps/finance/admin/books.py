"""The page that hands out the books of a company as a file, for the accountant or another program."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.accounts.choices import Scope
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.admin import dress
from apps.core.records import RecordRef
from apps.core.scope import visible
from apps.finance.services.books import FORMATS, books_file
from apps.organizations.models import BusinessEntity

JSON = "json"


class BooksForm(forms.Form):
    business_entity = forms.ModelChoiceField(label=_("business entity"), queryset=BusinessEntity.objects.none())
    since = forms.DateField(label=_("from"))
    until = forms.DateField(label=_("up to and including"))
    file_format = forms.ChoiceField(label=_("kind of file"))

    def __init__(self, *args: Any, by: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["business_entity"].queryset = visible(BusinessEntity.objects.all(), by)
        self.fields["file_format"].choices = [(name, kind.label if kind else "JSON") for name, kind in FORMATS.items()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("since") and given.get("until") and given["until"] < given["since"]:
            self.add_error("until", _("The last day must not be before the first."))
        return given


class BooksPage(ModelAdmin):
    """The page, on top of the list of bookings."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.books_view)
        return [path("file/", view, name="books_file"), *super().get_urls()]

    def books_view(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        """Ask of whom and of which days, and hand the file out; that it was taken is put down."""
        if not self.has_view_permission(request) or not request.user.has_scope(Scope.FINANCE_EXPORT):
            raise PermissionDenied
        first_of_month = clock.today().replace(day=1)
        form = BooksForm(
            request.POST if request.method == "POST" else None,
            by=request.user,
            initial={"since": first_of_month, "until": clock.today(), "file_format": next(iter(FORMATS))},
        )
        dress(form)
        if form.is_bound and form.is_valid():
            return _file(form.cleaned_data)
        page = {"title": _now("The books as a file"), "opts": self.opts, "form": form, "media": self.media + form.media}
        return TemplateResponse(request, "admin/finance/books_file.html", {**self.admin_site.each_context(request), **page})


def _file(asked: dict[str, Any]) -> StreamingHttpResponse:
    entity, kind = asked["business_entity"], FORMATS[asked["file_format"]]
    days = f"{asked['since']}_{asked['until']}"
    log_act(
        AuditAction.EXPORT,
        RecordRef(entity_type="business_entity", entity_id=entity.pk),
        context={"file": "books", "format": asked["file_format"], "days": days},
    )
    answer = StreamingHttpResponse(books_file(**asked), content_type=kind.content_type if kind else "application/json")
    name = f"books-{entity.entity_code}-{days}.{kind.suffix if kind else JSON}"
    answer.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
