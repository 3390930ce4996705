"""The search over everything, behind the command palette."""

from collections.abc import Iterator

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.text import capfirst
from unfold.dataclasses import SearchResult

from apps.catalog.models import Article
from apps.core.chips import admin_url
from apps.core.contributions import SearchHit, Viewer, contributions
from apps.organizations.models import Contact, Organization

SHORTEST, LONGEST, WORDS = 2, 100, 5
PER_KIND = 6
# Kinds that are found just as their own list finds them; the others contribute a search of their own.
LISTED: tuple[type[models.Model], ...] = (Organization, Contact, Article)


def search_records(request: HttpRequest, term: str) -> list[SearchResult]:
    """Records whose number, name or address holds the term, as far as this person may see them; called by unfold."""
    wanted = " ".join(term[:LONGEST].split()[:WORDS])
    if len(wanted) < SHORTEST:
        return []
    viewer = Viewer(user=request.user)
    hits = [hit for provider in contributions.search for hit in provider(wanted, viewer)]
    hits += [hit for model in LISTED for hit in _listed(model, wanted, request)]
    return [SearchResult(title=str(hit.title), description=str(hit.kind), link=hit.url, icon="arrow_outward") for hit in hits]


def _listed(model: type[models.Model], wanted: str, request: HttpRequest) -> Iterator[SearchHit]:
    pages = admin.site.get_model_admin(model)
    if not pages.has_view_or_change_permission(request):
        return
    rows, repeats = pages.get_search_results(request, pages.get_queryset(request), wanted)
    for record in (rows.distinct() if repeats else rows)[:PER_KIND]:
        yield SearchHit(title=str(record), url=admin_url(record), kind=capfirst(model._meta.verbose_name))
