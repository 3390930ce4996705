"""The dashboard: the figures of a period beside those before it, and what they are made of."""

import json
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.choices import Scope as Right
from apps.core import clock
from apps.core.contributions import Panel
from apps.reporting.figures import FIGURES, Good, Reading, Unit, readings
from apps.reporting.figures.alerts import alert_asks, alerts
from apps.reporting.figures.board import Board, TrendRow
from apps.reporting.figures.orders import SEES_CLOCKS, SEES_HOLDS, SEES_ORDERS
from apps.reporting.figures.trouble import TROUBLE_FIGURES
from apps.reporting.figures.words import shown as in_words
from apps.reporting.figures.words import shown_change, shown_day
from apps.reporting.pages import panels
from apps.reporting.pages.asked import Asked, page_of_figures, shown
from apps.reporting.readers import READERS

TITLE = gettext_lazy("Dashboard")
SHOWN = [figure for figure in FIGURES.values() if figure not in TROUBLE_FIGURES]
AXIS = {"border": {"display": False}, "ticks": {"color": "#6b7280", "precision": 0, "maxRotation": 0, "autoSkipPadding": 12}}
OPTIONS = {
    "animation": False,
    "maintainAspectRatio": False,
    "plugins": {"legend": {"position": "bottom", "labels": {"color": "#6b7280", "boxWidth": 12}}},
    "scales": {"x": {**AXIS, "grid": {"display": False}}, "y": {**AXIS, "beginAtZero": True, "grid": {"color": "#6b728033"}}},
}
BLUE, GREEN, RED = "#2563eb", "#15803d", "#dc2626"


@page_of_figures(*READERS, title=TITLE)
def dashboard(asked: Asked) -> HttpResponseBase:
    board = Board(asked.scope, asked.period)
    found = readings(SHOWN, asked.scope, asked.period, also=[*board.asks(), *board.trend_asks(), *alert_asks()])
    context = {
        **asked.filters(),
        "calculated_at": clock.now(),
        "alerts": [{**_card(each), "tone": each.severity} for each in alerts(asked.scope) if each.value],
        "groups": _grouped(found),
        "charts": _charts(board, asked),
        "panels": _panels(board, asked.scope.user),
    }
    return shown(asked.request, "admin/reporting/dashboard.html", TITLE, context)


def _grouped(found: Iterable[Reading]) -> list[tuple[str, list[dict[str, Any]]]]:
    by_group = groupby(found, key=lambda reading: str(reading.figure.group))
    return [(group, [_card(reading) for reading in members]) for group, members in by_group]


def _card(reading: Reading) -> dict[str, Any]:
    figure = reading.figure
    return {
        "label": figure.label,
        "meaning": figure.meaning,
        "value": in_words(reading.value, figure.unit),
        "change": "" if reading.change is None else shown_change(reading.change, figure.unit),
        "before": "" if reading.previous is None else in_words(reading.previous, figure.unit),
        "direction": _direction(reading),
        "url": reading.url,
    }


def _direction(reading: Reading) -> str:
    """Whether a change is for the better; of one that is neither, nothing."""
    if not reading.change or reading.figure.good == Good.NEITHER:
        return ""
    return "better" if (reading.change > 0) == (reading.figure.good == Good.UP) else "worse"


def _charts(board: Board, asked: Asked) -> list[dict[str, str]]:
    trend, charts = board.trend(), []
    if asked.scope.user.has_perm(SEES_ORDERS):
        lines = {
            _("New orders"): (BLUE, [row.new for row in trend]),
            _("Completed orders"): (GREEN, [row.completed for row in trend]),
        }
        charts.append(_chart(_("Orders"), trend, lines))
    if asked.scope.user.has_scope(Right.FINANCE_REPORTS):
        charts.append(_chart(_("Revenue"), trend, {_("Revenue"): (BLUE, [float(row.revenue) for row in trend])}))
    if asked.scope.user.has_perm(SEES_HOLDS):
        weeks = board.weeks()
        sets = {_("New holds"): (RED, [row.created for row in weeks]), _("Ended holds"): (GREEN, [row.resolved for row in weeks])}
        charts.append(_bars(_("Holds per week"), [shown_day(row.week) for row in weeks], sets))
    return charts


def _chart(title: str, trend: list[TrendRow], sets: dict[str, tuple[str, list[Any]]]) -> dict[str, str]:
    return _bars(title, [shown_day(row.period.first) for row in trend], sets)


def _bars(title: str, labels: list[str], sets: dict[str, tuple[str, list[Any]]]) -> dict[str, str]:
    data = {
        "labels": labels,
        "datasets": [
            {"label": label, "data": values, "backgroundColor": colour, "borderRadius": 3}
            for label, (colour, values) in sets.items()
        ],
    }
    told = "; ".join(f"{label}: {in_words(_total(values), Unit.NUMBER)}" for label, (_colour, values) in sets.items())
    return {"title": title, "data": json.dumps(data), "options": json.dumps(OPTIONS), "told": told}


def _total(values: list[Any]) -> int:
    return round(sum(values))


def _panels(board: Board, user: Any) -> list[Panel]:
    found = []
    if user.has_perm(SEES_ORDERS):
        found += [panels.statuses(board.statuses()), panels.funnel(board.funnel()), panels.partners(board.partners())]
    if user.has_scope(Right.FINANCE_REPORTS):
        found.insert(0, panels.entities(board.entities()))
    if user.has_perm(SEES_HOLDS):
        found.append(panels.holds(board.holds(), board.resuming()))
    if user.has_perm(SEES_CLOCKS):
        found += [panels.clocks(board.clocks()), panels.late(board.late())]
    return found
