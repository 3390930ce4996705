from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope as Right
from apps.core import clock
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.views import ApiView
from apps.core.once import one_page
from apps.reporting.api.outputs import AlertsOut, MetricsOut
from apps.reporting.figures import FIGURES, readings
from apps.reporting.figures.alerts import alerts
from apps.reporting.figures.asking import period_of, scope_of
from apps.reporting.figures.board import Board
from apps.reporting.figures.orders import SEES_CLOCKS, SEES_HOLDS, SEES_ORDERS
from apps.reporting.figures.trouble import TROUBLE_FIGURES
from apps.reporting.readers import READERS

ENTITY = OpenApiParameter("entity", str, description="Code of a business entity; absent: all that the caller works for.")
SPAN = (
    OpenApiParameter("period", str, description="today, week, month, quarter, year, 7_days, 30_days: each until today."),
    OpenApiParameter("from", str, description="First day, YYYY-MM-DD."),
    OpenApiParameter("to", str, description="Last day, YYYY-MM-DD; absent: today."),
)
ASKED = ("entity", "period", "from", "to")
OF_DASHBOARD = [figure for figure in FIGURES.values() if figure not in TROUBLE_FIGURES]


class MetricsView(ApiView):
    """The figures of a period beside those of the period before, and what they are made of; each by its own right."""

    scope = READERS

    @extend_schema(parameters=[ENTITY, *SPAN], responses=MetricsOut)
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, known=ASKED)
        given = request.query_params.dict()
        period, (scope, entity) = period_of(given), scope_of(request.user, given)
        board = Board(scope, period)
        with one_page():
            answer = {
                "calculated_at": clock.now(),
                "business_entity": entity.entity_code if entity else None,
                "period": period,
                "previous_period": period.previous(),
                "figures": readings(OF_DASHBOARD, scope, period, also=board.asks()),
                **_parts(board),
            }
        return Response(MetricsOut(answer, context={"request": request}).data)


class AlertsView(ApiView):
    """What is to be zero and may not be: overdue work, failed payments and messages, money that nobody knows."""

    scope = READERS

    @extend_schema(parameters=[ENTITY], responses=AlertsOut)
    def get(self, request: Request) -> Response:
        refuse_unknown_parameters(request, known=("entity",))
        scope, entity = scope_of(request.user, request.query_params.dict())
        answer = {
            "calculated_at": clock.now(),
            "business_entity": entity.entity_code if entity else None,
            "alerts": alerts(scope),
        }
        return Response(AlertsOut(answer, context={"request": request}).data)


def _parts(board: Board) -> dict[str, Any]:
    """What the figures are made of, as far as the asker may see it."""
    user, parts = board.scope.user, {}
    if user.has_perm(SEES_ORDERS):
        parts["orders_per_status"] = board.statuses()
        parts["conversion"] = board.funnel()
        parts["partners"] = board.partners()
    if user.has_scope(Right.FINANCE_REPORTS):
        parts["revenue_per_entity"] = board.entities()
    if user.has_perm(SEES_HOLDS):
        parts["holds"] = {"categories": board.holds(), "resuming_within_7_days": board.resuming(), "weeks": board.weeks()}
    if user.has_perm(SEES_CLOCKS):
        parts["sla"] = {"statuses": board.clocks(), "overdue": board.late()}
    return parts
