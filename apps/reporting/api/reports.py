from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core import clock
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.pagination import CursorPages
from apps.core.api.views import ApiView
from apps.core.tables import TableFormat
from apps.reporting.api.outputs import FinancialReportOut, OrdersReportOut
from apps.reporting.api.views import ASKED, ENTITY, SPAN
from apps.reporting.figures.asking import JSON, format_of, period_of, scope_of
from apps.reporting.files import financial_file, orders_file
from apps.reporting.queries import FinancialReport, OrdersReport
from apps.reporting.queries.finances import SECTIONS
from apps.reporting.readers import MONEY_READERS, REPORT_READERS

JSON_TYPE = "application/json"
FILES = {(200, table_format.content_type.partition(";")[0]): OpenApiTypes.BINARY for table_format in TableFormat}
FORMAT = OpenApiParameter("format", str, enum=[JSON, *TableFormat.values], description="json, or a file.")
OF_ORDERS = (
    OpenApiParameter("status", str, description="One status or several, apart by commas."),
    OpenApiParameter("order_type", str, description="One type or several, apart by commas."),
    OpenApiParameter("partner", str, description="Slug or key of a partner."),
)


class OrdersReportView(ApiView):
    """The orders that came in in a period, with their customers and what they are worth together; also as a file."""

    scope = REPORT_READERS

    @extend_schema(
        parameters=[
            ENTITY,
            *SPAN,
            *OF_ORDERS,
            FORMAT,
            OpenApiParameter("limit", int, description="How many rows, 25 unless told, at most 200."),
            OpenApiParameter("cursor", str, description="Taken from `next` or `previous` of an earlier answer."),
        ],
        responses={(200, JSON_TYPE): OrdersReportOut, **FILES},
    )
    def get(self, request: Request) -> HttpResponseBase:
        refuse_unknown_parameters(request, known=(*ASKED, "status", "order_type", "partner", "format"))
        given = request.query_params.dict()
        report = OrdersReport.asked(scope_of(request.user, given)[0], given)
        table_format = format_of(given)
        if table_format is not None:
            return orders_file(report, table_format, given)
        pages = CursorPages()
        page = pages.paginate_queryset(report.rows(), request)
        context = {"request": request}
        answer = {
            "period": report.period,
            "totals": report.totals(),
            "next": pages.next,
            "previous": pages.previous,
            "results": page,
        }
        return Response(OrdersReportOut(answer, context=context).data)


class FinancialReportView(ApiView):
    """What each company earned in a period by its books, what is outstanding, commissions and VAT; also as a file."""

    scope = MONEY_READERS

    @extend_schema(parameters=[ENTITY, *SPAN, FORMAT], responses={(200, JSON_TYPE): FinancialReportOut, **FILES})
    def get(self, request: Request) -> HttpResponseBase:
        refuse_unknown_parameters(request, known=(*ASKED, "format"))
        given = request.query_params.dict()
        scope, entity = scope_of(request.user, given)
        report = FinancialReport(scope, period_of(given))
        table_format = format_of(given)
        if table_format is not None:
            return financial_file(report, table_format, given)
        answer = {
            "calculated_at": clock.now(),
            "business_entity": entity.entity_code if entity else None,
            "period": report.period,
            "previous_period": report.before,
            **{section: report.section(section) for section in SECTIONS},
        }
        return Response(FinancialReportOut(answer).data)
