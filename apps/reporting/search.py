"""The search over everything: behind the command palette, and a page of its own."""

from collections.abc import Iterator

from django.contrib import admin
from django.core.paginator import Paginator
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.dataclasses import SearchResult

from apps.catalog.models import Article
from apps.core.chips import admin_url
from apps.core.contributions import SearchHit, Viewer, contributions
from apps.core.errors import Text
from apps.organizations.models import Contact, Organization
from apps.workflow.models import InternalTask

SHORTEST, LONGEST, WORDS = 2, 100, 5
PER_KIND = 6
# Kinds that are found just as their own list finds them; the others contribute a search of their own.
LISTED: tuple[type[models.Model], ...] = (Organization, Contact, InternalTask, Article)
# What can be begun from anywhere: the words, the address, the right it takes.
ACTS: tuple[tuple[Text, str, str], ...] = (
    (gettext_lazy("New order"), "admin:orders_order_add", "orders.add_order"),
    (gettext_lazy("New task"), "admin:workflow_internaltask_add", "workflow.add_internaltask"),
    (gettext_lazy("New customer or partner"), "admin:organizations_organization_add", "organizations.add_organization"),
)


def find(request: HttpRequest, term: str) -> list[SearchHit]:
    """Acts, pages and records whose name, number or address holds the term, as far as this person may see them."""
    wanted = " ".join(term[:LONGEST].split()[:WORDS])
    if len(wanted) < SHORTEST:
        return []
    viewer = Viewer(user=request.user)
    hits = [*_acts(request, wanted), *_pages(request, wanted)]
    hits += [hit for provider in contributions.search for hit in provider(wanted, viewer)]
    return hits + [hit for model in LISTED for hit in _listed(model, wanted, request)]


def search_records(request: HttpRequest, term: str) -> list[SearchResult]:
    """The same, for the command palette."""
    hits = find(request, term)
    return [
        SearchResult(
            title=str(hit.title),
            description=" · ".join(str(part) for part in (hit.kind, hit.detail) if part),
            link=hit.url,
            icon="arrow_outward",
        )
        for hit in hits
    ]


def palette(request: HttpRequest) -> HttpResponse:
    """What the command palette shows. Nothing of it is kept: rights, language and records may change at any moment."""
    term = request.GET.get("s", "")
    if not term.strip():
        return HttpResponse()
    pages = Paginator(search_records(request, term), PER_KIND * 20)
    context = {
        "page_obj": pages,
        "results": pages.get_page(1),
        "page_counter": 0,
        "execution_time": 0,
        "command_show_history": False,
    }
    return TemplateResponse(request, "unfold/helpers/command_results.html", context, headers={"HX-Trigger": "search"})


def search_page(request: HttpRequest) -> HttpResponse:
    """A page of all that was found, kind by kind."""
    term = request.GET.get("q", "")[:LONGEST].strip()
    found: dict[str, list[SearchHit]] = {}
    for hit in find(request, term):
        found.setdefault(str(hit.kind), []).append(hit)
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "term": term,
        "groups": list(found.items()),
        "too_short": 0 < len(term) < SHORTEST,
    }
    return TemplateResponse(request, "admin/search.html", context)


def _acts(request: HttpRequest, wanted: str) -> Iterator[SearchHit]:
    for words, address, right in ACTS:
        if _names(words, wanted) and request.user.has_perm(right):
            yield SearchHit(title=words, url=reverse(address), kind=_("Begin"))


def _pages(request: HttpRequest, wanted: str) -> Iterator[SearchHit]:
    for model, pages in admin.site._registry.items():
        title = capfirst(str(model._meta.verbose_name_plural))
        if _names(title, wanted) and pages.has_view_or_change_permission(request):
            address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            yield SearchHit(title=title, url=address, kind=_("Pages"))


def _names(words: Text, wanted: str) -> bool:
    return wanted.casefold() in str(words).casefold()


def _listed(model: type[models.Model], wanted: str, request: HttpRequest) -> Iterator[SearchHit]:
    pages = admin.site.get_model_admin(model)
    if not pages.has_view_or_change_permission(request):
        return
    rows, repeats = pages.get_search_results(request, pages.get_queryset(request), wanted)
    for record in (rows.distinct() if repeats else rows)[:PER_KIND]:
        yield SearchHit(
            title=str(record),
            url=admin_url(record),
            kind=capfirst(model._meta.verbose_name_plural),
            detail=getattr(record, "email", ""),
        )
