"""Filters of a list that people keep, share and open it with."""

from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from apps.core.admin.buttons import dress, refusal_texts
from apps.core.admin.lists import ListTab, filter_query
from apps.core.errors import DomainError, NotFound


class FilterStore(Protocol):
    """Where filters are kept: in an app above, which knows people."""

    def offered(self, user: Any, page: str) -> Sequence[Any]: ...

    def may_change(self, saved: Any, user: Any) -> bool: ...

    def save_filter(self, **given: Any) -> Any: ...

    def change_filter(self, **given: Any) -> Any: ...

    def remove_filter(self, **given: Any) -> None: ...


_stores: list[FilterStore] = []


def register_filter_store(store: FilterStore) -> None:
    """Tell where filters are kept."""
    _stores[:] = [store]


class SavedFilterForm(forms.Form):
    """What is said about a filter that is kept."""

    name = forms.CharField(label=_("name"), max_length=60)
    is_shared = forms.BooleanField(label=_("share with colleagues"), required=False)
    is_default = forms.BooleanField(label=_("open the list like this"), required=False)


class SavedFilterPage(ModelAdmin):
    """A list whose filters can be kept under a name."""

    def keeps_filters(self, request: HttpRequest) -> bool:
        return bool(_stores and (self.list_filter or self.search_fields) and "_popup" not in request.GET)

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_filters"
        return [path("filters/", self.admin_site.admin_view(self.filters_view), name=name), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.keeps_filters(request) or not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)
        saved = _stores[0].offered(request.user, self.opts.label_lower)
        default = next((each for each in saved if each.is_default and each.user_id == request.user.pk), None)
        if default is not None and request.method == "GET" and not request.GET:
            return HttpResponseRedirect(f"{request.path}?{default.query}")
        on = filter_query(request.GET).urlencode()
        context = {
            "saved_tabs": [ListTab(label=each.name, url=f"?{each.query}", is_on=each.query == on) for each in saved],
            "filters_url": f"{self._page_url('filters')}?{on}",
            "has_new_filter": bool(on) and all(each.query != on for each in saved),
        }
        return super().changelist_view(request, {**context, **(extra_context or {})})

    def filters_view(self, request: HttpRequest) -> HttpResponse:
        """Keep the filters of this address under a name; rename, share, replace and remove those that are kept."""
        if not self.keeps_filters(request) or not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            changelist = self.get_changelist_instance(request)  # refuses what the list does not take
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{self._page_url('changelist')}?e=1")
        query = filter_query(request.GET).urlencode()
        form = self._form(request.POST if request.POST.get("act") == "save" else None)
        if request.method == "POST":
            answer = self._keep(request, query, form)
            if answer is not None:
                return answer
        store = _stores[0]
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Saved filters"),
            "opts": self.opts,
            "shown": changelist,
            "form": form,
            "query": query,
            "saved": [
                {"filter": each, "own": each.user_id == request.user.pk, "mine": store.may_change(each, request.user)}
                for each in store.offered(request.user, self.opts.label_lower)
            ],
            "list_url": self._page_url("changelist"),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "admin/saved_filters.html", context)

    def _form(self, given: Any) -> SavedFilterForm:
        form = SavedFilterForm(given)
        dress(form)
        return form

    def _keep(self, request: HttpRequest, query: str, form: SavedFilterForm) -> HttpResponse | None:
        """Do what was asked and go on; None when the form has to be filled in better."""
        act = request.POST.get("act")
        page = {"page": self.opts.label_lower, "by": request.user}
        try:
            if act == "save":
                if not form.is_valid() or not query:
                    return None
                _stores[0].save_filter(**page, query=query, **form.cleaned_data)
                messages.success(request, gettext("The filter has been saved."))
                return HttpResponseRedirect(f"{self._page_url('changelist')}?{query}")
            self._change(request, str(act), query, page)
        except DomainError as error:
            for text in refusal_texts(error):
                messages.error(request, text)
        return HttpResponseRedirect(request.get_full_path())

    def _change(self, request: HttpRequest, act: str, query: str, page: dict[str, Any]) -> None:
        key = _key(request.POST.get("key", ""))
        if act == "remove":
            _stores[0].remove_filter(key=key, **page)
        elif act == "replace" and query:
            _stores[0].change_filter(key=key, **page, query=query)
        else:
            said = SavedFilterForm(request.POST)
            if said.is_valid():
                _stores[0].change_filter(key=key, **page, **said.cleaned_data)
        messages.success(request, gettext("Done."))

    def _page_url(self, page: str) -> str:
        return reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{page}")


def _key(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError as error:
        raise NotFound from error
