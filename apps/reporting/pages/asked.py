"""What every page of figures begins with: who may come in, what they ask, and the filters above the page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_safe

from apps.core.doors import open_to
from apps.core.errors import DomainError, Forbidden, TooMany
from apps.core.once import one_page
from apps.core.tables import TableFormat
from apps.organizations.models import BusinessEntity
from apps.reporting.figures import Period, Scope, Span, entities_of
from apps.reporting.figures.asking import period_of, scope_of
from apps.reporting.figures.words import shown_period

SPANS = (Span.TODAY, Span.WEEK, Span.MONTH, Span.QUARTER, Span.YEAR)
FILES = ((TableFormat.XLSX, "XLSX"), (TableFormat.CSV_DUTCH, "CSV"))
STATUS_OF = {Forbidden: 403, TooMany: 429}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question that a page was asked, as its address says it."""

    request: HttpRequest
    given: dict[str, str]
    scope: Scope
    period: Period
    entity: BusinessEntity | None

    def address(self, **changed: str) -> str:
        """The same page with something else asked; empty takes it out of the question."""
        asked = {name: value for name, value in (self.given | changed).items() if value}
        return f"?{urlencode(asked)}"

    def files(self) -> list[tuple[str, str]]:
        """Where the whole of it is taken out, and as what."""
        return [(self.address(format=name, page=""), label) for name, label in FILES]

    def filters(self) -> dict[str, Any]:
        """What the bar above the page shows."""
        named = self.given.get("period", "" if {"from", "to"} & self.given.keys() else Span.MONTH)
        return {
            "entities": entities_of(self.request.user),
            "entity": self.entity,
            "spans": [
                (span.label, self.address(**{"period": span, "from": "", "to": "", "page": ""}), span == named) for span in SPANS
            ],
            "period": self.period,
            "shown_period": shown_period(self.period),
            "shown_before": shown_period(self.period.previous()),
        }


Page = Callable[[Asked], HttpResponseBase]


def page_of_figures(*rights: str, title: Any) -> Callable[[Page], Any]:
    """A page to read, for staff with one of these rights; a question that makes no sense is told, with its reason."""

    def decorate(page: Page) -> Any:
        @open_to(f"staff with one of {', '.join(rights)}, within their companies")
        @require_safe
        @wraps(page)
        def view(request: HttpRequest) -> HttpResponseBase:
            if not request.user.has_scope(*rights):
                raise PermissionDenied
            given = request.GET.dict()
            try:
                scope, entity = scope_of(request.user, given)
                with one_page():
                    return page(Asked(request=request, given=given, scope=scope, period=period_of(given), entity=entity))
            except DomainError as error:
                context = {"refused": str(error)}
                return shown(request, "admin/reporting/refused.html", title, context, status=STATUS_OF.get(type(error), 400))

        return admin.site.admin_view(view)

    return decorate


def shown(request: HttpRequest, template: str, title: Any, context: dict[str, Any], *, status: int = 200) -> TemplateResponse:
    site = {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, template, {**site, **context}, status=status)
