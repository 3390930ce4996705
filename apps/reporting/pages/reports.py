"""The reports as pages: orders, and money; each also as a file."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponseBase
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.core.chips import admin_link, entity_chip
from apps.core.contributions import Panel
from apps.orders.choices import OrderStatus, OrderType
from apps.orders.models import Order
from apps.organizations.models import Organization
from apps.reporting.figures import Unit
from apps.reporting.figures.asking import format_of
from apps.reporting.figures.words import shown as in_words
from apps.reporting.files import financial_file, orders_file
from apps.reporting.pages.asked import Asked, page_of_figures, shown
from apps.reporting.pages.panels import money, number
from apps.reporting.queries import FinancialReport, OrdersReport
from apps.reporting.queries.finances import COMMISSIONS, OUTSTANDING, PARTNERS, PROFIT, SECTION_LABELS, VAT, ReportLine
from apps.reporting.readers import MONEY_READERS, REPORT_READERS

PER_PAGE = 100
OF_ORDERS, OF_MONEY = gettext_lazy("Report of orders"), gettext_lazy("Financial report")


class CountedPages(Paginator):  # type: ignore[type-arg]  # Django's takes no argument when it runs
    """Pages of rows whose number is known already."""

    def __init__(self, rows: Any, per_page: int, number: int) -> None:
        super().__init__(rows, per_page)
        self.count = number  # type: ignore[misc]  # it is asked of the database otherwise


@page_of_figures(*REPORT_READERS, title=OF_ORDERS)
def orders_report(asked: Asked) -> HttpResponseBase:
    several = {name: ",".join(asked.request.GET.getlist(name)) for name in ("status", "order_type")}
    asked = replace(asked, given=asked.given | several)
    report = OrdersReport.asked(asked.scope, asked.given)
    table_format = format_of(asked.given)
    if table_format is not None:
        return orders_file(report, table_format, asked.given)
    totals = report.totals()
    page = CountedPages(report.rows(), PER_PAGE, int(totals["orders"])).get_page(asked.given.get("page"))
    context = {
        **asked.filters(),
        "given": asked.given,
        "statuses": OrderStatus.choices,
        "chosen_statuses": report.statuses,
        "order_types": OrderType.choices,
        "chosen_types": report.order_types,
        "partners": Organization.objects.partners().visible_to(asked.scope.user).order_by("name").values_list("slug", "name"),
        "totals": [
            (_("Orders"), in_words(totals["orders"], Unit.NUMBER)),
            (_("Total excl. VAT"), in_words(totals["total_excl_vat"], Unit.EUR)),
            (_("VAT"), in_words(totals["total_vat"], Unit.EUR)),
            (_("Total incl. VAT"), in_words(totals["total_incl_vat"], Unit.EUR)),
        ],
        "panel": _orders_panel(page.object_list),
        "newer": asked.address(page=str(page.previous_page_number())) if page.has_previous() else "",
        "older": asked.address(page=str(page.next_page_number())) if page.has_next() else "",
        "files": asked.files(),
    }
    return shown(asked.request, "admin/reporting/orders_report.html", OF_ORDERS, context)


def _orders_panel(orders: list[Order]) -> Panel:
    return Panel(
        title=_("Orders"),
        columns=[_("Order"), _("Customer"), _("Partner"), _("Business entity"), _("Status"), _("Came in at"), _("Total excl. VAT"), _("Total incl. VAT")],
        rows=[
            [
                admin_link(order),
                order.customer_organization,
                order.partner_organization or "",
                entity_chip(order.business_entity),
                order.get_status_display(),
                date_format(clock.local(order.created_at), "SHORT_DATETIME_FORMAT"),
                money(order.total_excl_vat),
                money(order.total_incl_vat),
            ]
            for order in orders
        ],
        empty=_("No order came in in this period."),
    )  # fmt: skip


@page_of_figures(*MONEY_READERS, title=OF_MONEY)
def financial_report(asked: Asked) -> HttpResponseBase:
    report = FinancialReport(asked.scope, asked.period)
    table_format = format_of(asked.given)
    if table_format is not None:
        return financial_file(report, table_format, asked.given)
    context = {
        **asked.filters(),
        "calculated_at": clock.now(),
        "panels": [_section(report, name) for name in (PROFIT, OUTSTANDING, VAT, COMMISSIONS, PARTNERS)],
        "files": asked.files(),
    }
    return shown(asked.request, "admin/reporting/financial_report.html", OF_MONEY, context)


def _section(report: FinancialReport, name: str) -> Panel:
    columns = [_("Business entity"), _("Item"), _("Number"), _("Amount"), _("Period before")]
    if name == VAT:
        columns.insert(3, _("Over"))
    if name == OUTSTANDING:
        columns.pop()
    return Panel(
        title=SECTION_LABELS[name],
        columns=columns,
        rows=[_row(line) for line in report.section(name) if line.count or line.amount or line.previous],
        empty=_("There is nothing in this period."),
    )


def _row(line: ReportLine) -> list[Any]:
    is_sum = line.item in ("profit", "result")
    row = [
        entity_chip(line.entity),
        line.label if line.section != PROFIT or is_sum else f"{line.item} {line.label}",
        number(line.count),
        money(line.amount),
        money(line.previous),
    ]
    if line.section == VAT:
        row.insert(3, money(line.base))
    if line.section == OUTSTANDING:
        row.pop()
    return row
