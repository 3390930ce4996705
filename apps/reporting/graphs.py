"""The bars on the home page: what came in and went out along a period, from the figures' definitions."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.reporting.figures import FIGURES, Figure, Period, Scope, Span, Value
from apps.reporting.figures.reading import Ask
from apps.reporting.figures.series import series, stretches
from apps.reporting.figures.words import shown, shown_day, shown_month
from apps.reporting.pages.dashboard import BLUE, GREEN, OPTIONS

SPANS = (Span.DAYS_7, Span.DAYS_30, Span.YEAR)
COLOURS = (BLUE, GREEN)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Bars as Chart.js takes them; `told` says the same to those who hear the page, `links` leads to the rows."""

    title: str
    data: str
    options: str
    told: str
    links: Sequence[tuple[str, str, str]]  # the figure, its value over the whole period, the page of its rows


def span_of(given: str) -> Span:
    """The span that an address asks for, else a week."""
    return next((span for span in SPANS if span.value == given), Span.DAYS_7)


def graphs(scope: Scope, span: Span, *, also: Iterable[Ask] = ()) -> list[Graph]:
    """New beside completed orders, revenue, and the share of steps in time: of what the reader may see.

    `also` is what the rest of the page is going to ask of the totals.
    """
    period = Period.named(span)
    wanted = [
        (_("New and completed orders"), ["orders_new", "orders_completed"]),
        (_("Revenue"), ["revenue"]),
        (_("Steps in time"), ["sla_in_time"]),
    ]
    shown = {
        title: [FIGURES[name] for name in names]
        for title, names in wanted
        if scope.entities and all(FIGURES[name].is_for(scope.user) for name in names)
    }
    figures, parts = [figure for group in shown.values() for figure in group], stretches(period)
    read = series(figures, scope, [period, *parts], also=also)
    values = {figure: [each[number] for each in read] for number, figure in enumerate(figures)}
    return [_graph(title, {figure: values[figure] for figure in group}, scope, parts) for title, group in shown.items()]


def _graph(title: str, values: Mapping[Figure, Sequence[Value]], scope: Scope, parts: Sequence[Period]) -> Graph:
    """Of each figure its value over the whole period, then those of its parts."""
    period, by_day = Period(parts[0].first, parts[-1].last), parts[0].days == 1
    labels = [shown_day(part.first) if by_day else shown_month(part.first) for part in parts]
    sets = [
        {
            "label": str(figure.label),
            "data": [float(value or 0) for value in of_figure[1:]],
            "backgroundColor": COLOURS[number],
            "borderRadius": 3,
        }
        for number, (figure, of_figure) in enumerate(values.items())
    ]
    links = [_link(figure, of_figure[0], scope, period) for figure, of_figure in values.items()]
    return Graph(
        title=title,
        data=json.dumps({"labels": labels, "datasets": sets}),
        options=json.dumps(OPTIONS),
        told="; ".join(f"{label}: {value}" for label, value, _url in links),
        links=links,
    )


def _link(figure: Figure, value: Value, scope: Scope, period: Period) -> tuple[str, str, str]:
    return str(figure.label), shown(value, figure.unit), figure.rows_url(scope, period)
