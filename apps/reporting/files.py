"""Reports as files: what may be taken out, by whom, and how that is put down."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope as Right
from apps.core.errors import Forbidden, Refused, TooMany
from apps.core.exports import export, rows_of
from apps.core.tables import Column, TableFormat
from apps.reporting.queries import FinancialReport, OrdersReport, finances, orders

EXPORTERS = (Right.SALES_REPORTS, Right.OPERATIONS_REPORTS, Right.FINANCE_EXPORT)
MOST_ROWS = 1_000_000  # a sheet of Excel holds no more
BUSY_SECONDS = 60


def orders_file(report: OrdersReport, table_format: TableFormat, given: Mapping[str, str]) -> StreamingHttpResponse:
    """The orders of a report, without what is personal for those who may not take that out.

    Raises:
        Forbidden: they may take nothing out.
        Refused: too_many_rows.
        TooMany: another export is being made.
    """
    user, number = report.scope.user, report.rows().count()
    if number > MOST_ROWS:
        raise Refused(_("At most %(most)s rows; choose fewer days.") % {"most": MOST_ROWS}, code="too_many_rows")
    sees_people = user.has_scope(Right.SALES_CUSTOMERS)
    columns = [column for column in orders.COLUMNS if sees_people or not column.is_personal]
    told = {"page": "reports/orders", "filter": dict(given), "rows": number}
    return _file(user, EXPORTERS, table_format, columns, rows_of(report.rows()), title=_("Report of orders"), told=told)


def financial_file(report: FinancialReport, table_format: TableFormat, given: Mapping[str, str]) -> StreamingHttpResponse:
    """All lines of the report of money, under each other.

    Raises:
        Forbidden: they may take nothing out.
        TooMany: another export is being made.
    """
    lines = list(report.lines())
    told = {"page": "reports/financial", "filter": dict(given), "rows": len(lines)}
    rights = (Right.FINANCE_EXPORT, Right.FINANCE_REPORTS)
    return _file(report.scope.user, rights, table_format, finances.COLUMNS, iter(lines), title=_("Financial report"), told=told)


def _file(
    user: Any,
    rights: Sequence[Right],
    table_format: TableFormat,
    columns: Sequence[Column],
    rows: Any,
    *,
    title: Any,
    told: Mapping[str, Any],
) -> StreamingHttpResponse:
    if not user.has_scope(*rights):
        raise Forbidden
    answer = export(table_format, columns, rows, title=str(title), told=told)
    if answer is None:
        raise TooMany(_("Another export is being made just now. Try again in a minute."), retry_after=BUSY_SECONDS)
    return answer
