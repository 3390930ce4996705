"""The page of the rows that a figure counts."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.core.doors import open_to
from apps.core.errors import Malformed
from apps.reporting.figures import FIGURES
from apps.reporting.figures.asking import period_of, scope_of
from apps.reporting.figures.lines import lines
from apps.reporting.figures.words import shown, shown_period

PER_PAGE = 100
MOST_PAGES = 1_000


@open_to("staff; each figure by its own right, its rows within the reader's scope")
@require_safe
def figure_rows(request: HttpRequest, figure_name: str) -> HttpResponse:
    """Exactly the rows that a figure counts, some at a time, with the figure above them."""
    figure = FIGURES.get(figure_name)
    if figure is None:
        raise Http404
    if not figure.is_for(request.user):
        raise PermissionDenied
    given = request.GET.dict()
    try:
        period, (scope, entity) = period_of(given), scope_of(request.user, given)
    except Malformed as error:
        return _page(request, figure, {"refused": str(error)}, status=400)
    number = _page_number(given.get("page", ""))
    first = (number - 1) * PER_PAGE
    found = list(figure.rows(scope, period)[first : first + PER_PAGE + 1])
    context = {
        "shown_value": shown(figure.value(scope, period), figure.unit),
        "shown_period": shown_period(period),
        "entity": entity,
        "lines": lines(figure, found[:PER_PAGE]),
        "newer": _address(given, number - 1) if number > 1 else "",
        "older": _address(given, number + 1) if len(found) > PER_PAGE and number < MOST_PAGES else "",
    }
    return _page(request, figure, context)


def _page(request: HttpRequest, figure: Any, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    site = {**admin.site.each_context(request), "title": figure.label, "figure": figure}
    return TemplateResponse(request, "admin/reporting/rows.html", {**site, **context}, status=status)


def _page_number(text: str) -> int:
    return min(int(text), MOST_PAGES) or 1 if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES)) else 1


def _address(given: dict[str, str], number: int) -> str:
    return f"?{urlencode(given | {'page': number})}"
