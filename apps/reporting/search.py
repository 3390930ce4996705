"""The search over everything, behind the command palette: each app finds its own records."""

from django.http import HttpRequest
from unfold.dataclasses import SearchResult

from apps.core.contributions import contributions

SHORTEST, LONGEST, WORDS = 2, 100, 5


def search_records(request: HttpRequest, term: str) -> list[SearchResult]:
    """Records whose number, name or address holds the term, as far as this person may see them."""
    words = term[:LONGEST].split()[:WORDS]
    wanted = " ".join(words)
    if len(wanted) < SHORTEST:
        return []
    return [
        SearchResult(title=str(hit.title), description=str(hit.kind), link=hit.url, icon="arrow_outward")
        for provider in contributions.search
        for hit in provider(wanted, request)
    ]
