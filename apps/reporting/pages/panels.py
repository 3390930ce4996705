"""The tables of the dashboard."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.chips import entity_chip, euro, how_long
from apps.core.contributions import Panel
from apps.core.errors import NotFound
from apps.core.records import model_of
from apps.orders.choices import OrderStatus as S
from apps.reporting.figures import Unit
from apps.reporting.figures.board import ClockRow, EntityRow, HoldRow, LateRow, PartnerRow, StageRow, StatusRow
from apps.reporting.figures.words import shown, shown_change


def statuses(rows: Sequence[StatusRow]) -> Panel:
    """The orders on which something is to be done, per status."""
    standing = [row for row in rows if row.count and not row.is_final]
    return Panel(
        title=_("Open orders per status"),
        columns=[_("Status"), _("Orders"), _("Value excl. VAT")],
        rows=[[linked(row.url, row.label), number(row.count), money(row.amount)] for row in standing],
        empty=_("No order is open."),
    )


def funnel(rows: Sequence[StageRow]) -> Panel:
    stages = (S.NEW_LEAD, S.INTAKE_COMPLETED, S.QUOTE_SENT, S.CUSTOMER_APPROVED, S.COMPLETED)
    return Panel(
        title=_("Conversion of the installation orders that came in"),
        columns=[_("Got at least to"), _("Orders"), _("Of the stage before")],
        rows=[
            [stages[row.stage].label, number(row.orders), cell(shown(row.share, Unit.PERCENT))] for row in rows if rows[0].orders
        ],
        empty=_("No order came in."),
    )


def partners(rows: Sequence[PartnerRow]) -> Panel:
    return Panel(
        title=_("Partners"),
        columns=[_("Partner"), _("Orders"), _("Before"), _("Value excl. VAT"), _("Difference"), _("Average"), _("Last order")],
        rows=[
            [
                linked(row.url, row.partner.name),
                number(row.orders),
                number(row.previous_orders),
                money(row.value),
                cell(shown_change(row.change, Unit.EUR)),
                money(row.average),
                _("%(time)s ago") % {"time": how_long(row.last_order_at)} if row.last_order_at else "–",
            ]
            for row in rows
        ],
        empty=_("No partner brought an order."),
    )


def entities(rows: Sequence[EntityRow]) -> Panel:
    return Panel(
        title=_("Revenue per business entity"),
        columns=[_("Business entity"), _("Revenue"), _("Costs"), _("Profit"), _("Revenue before"), _("Difference")],
        rows=[
            [
                entity_chip(row.entity),
                money(row.revenue),
                money(row.costs),
                money(row.profit),
                money(row.previous_revenue),
                cell(shown_change(row.change, Unit.EUR)),
            ]
            for row in rows
        ],
        empty=_("There is no business entity."),
    )


def holds(rows: Sequence[HoldRow], resuming: int) -> Panel:
    told = ngettext("%(number)s goes on within 7 days", "%(number)s go on within 7 days", resuming) % {"number": resuming}
    return Panel(
        title=_("Orders on hold: %(told)s") % {"told": told} if resuming else _("Orders on hold"),
        columns=[_("Reason"), _("Orders"), _("Average age")],
        rows=[[row.label, number(row.count), cell(shown(row.average_days, Unit.DAYS))] for row in rows],
        empty=_("No order is on hold."),
    )


def clocks(rows: Sequence[ClockRow]) -> Panel:
    return Panel(
        title=_("Time per status"),
        columns=[_("Status"), _("Steps with a deadline"), _("In time"), _("Average time")],
        rows=[
            [
                row.label,
                number(row.steps),
                cell(shown(row.in_time, Unit.PERCENT)),
                cell(shown(row.average_hours, Unit.HOURS)),
            ]
            for row in rows
        ],
        empty=_("No order left a status."),
    )


def late(rows: Sequence[LateRow]) -> Panel:
    return Panel(
        title=_("Overdue now"),
        columns=[_("Kind of record"), _("Less than a day"), _("More than a day")],
        rows=[[_kind(row.entity_type), number(row.breached), number(row.escalated)] for row in rows],
        empty=_("Nothing is overdue."),
    )


def linked(url: str, label: Any) -> SafeString:
    return format_html('<a class="cc-link" href="{}">{}</a>', url, label)


def cell(text: Any) -> SafeString:
    return format_html('<span class="cc-number">{}</span>', text)


def number(value: int) -> SafeString:
    return cell(shown(value, Unit.NUMBER))


def money(value: Any) -> SafeString:
    return cell(euro(value))


def _kind(entity_type: str) -> str:
    try:
        return str(model_of(entity_type)._meta.verbose_name).capitalize()
    except NotFound:
        return entity_type
