"""The figures once more, from the raw rows alone and in plain Python: nothing here is shared with what they are worked out by."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]
TABLES = (
    "order", "status_transitions", "order_hold_details", "entity_current_status", "journal_entry", "journal_line",
    "ledger_account", "invoice", "payment", "online_payment", "partner_commission",
    "partner_delivery", "partner_integration", "events_eventdelivery", "number_sequence", "bank_transaction", "verified",
    "support_ticket", "report_mail",
)  # fmt: skip
FAR = {
    "new_lead": 0, "intake_sent": 0, "intake_completed": 1, "quote_draft": 1, "quote_ready": 1, "quote_sent": 2,
    "customer_approved": 3, "partner_approved": 3, "both_approved": 3, "planning": 3, "scheduled": 3, "in_progress": 3,
    "completed": 4,
}  # fmt: skip


@dataclass
class Raw:
    """The tables as they are, and a moment to call now."""

    rows: dict[str, list[Row]]
    now: datetime

    @classmethod
    def read(cls, connection: "psycopg.Connection[Any]", now: datetime) -> "Raw":
        with connection.cursor(row_factory=dict_row) as cursor:
            return cls({name: cursor.execute(f'SELECT * FROM "{name}"').fetchall() for name in TABLES}, now)

    def orders(self, entities: set[UUID]) -> dict[UUID, Row]:
        return {
            row["id"]: row
            for row in self.rows["order"]
            if row["business_entity_id"] in entities and not row["is_test"] and row["deleted_at"] is None
        }

    def steps(self, entities: set[UUID]) -> list[tuple[Row, Row]]:
        orders = self.orders(entities)
        return [
            (orders[row["entity_id"]], row)
            for row in self.rows["status_transitions"]
            if row["entity_type"] == "order" and row["entity_id"] in orders
        ]

    def holds(self, entities: set[UUID]) -> list[Row]:
        orders = self.orders(entities)
        return [row for row in self.rows["order_hold_details"] if row["order_id"] in orders]


def local_day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo("Europe/Amsterdam")).date()


@dataclass
class Question:
    raw: Raw
    entities: set[UUID]
    first: date
    last: date

    def holds_day(self, day: date | datetime | None) -> bool:
        if isinstance(day, datetime):
            day = local_day(day)
        return day is not None and self.first <= day <= self.last

    def of_entities(self, table: str) -> list[Row]:
        return [row for row in self.raw.rows[table] if row["business_entity_id"] in self.entities]

    def new_orders(self) -> list[Row]:
        return [row for row in self.raw.orders(self.entities).values() if self.holds_day(row["created_at"])]

    def left(self) -> list[Row]:
        return [
            step
            for _order, step in self.raw.steps(self.entities)
            if step["from_status"] is not None
            and "on_hold" not in (step["from_status"], step["to_status"])
            and self.holds_day(step["occurred_at"])
        ]

    def timed(self) -> list[bool]:
        """Of each step with a deadline, whether it came too late."""
        return [
            step["left_overdue"] or step["left_deadline"] < step["occurred_at"]
            for step in self.left()
            if step["left_overdue"] or step["left_deadline"] is not None
        ]

    def active_holds(self) -> list[Row]:
        return [row for row in self.raw.holds(self.entities) if row["is_active"]]

    def ended_holds(self) -> list[Row]:
        return [row for row in self.raw.holds(self.entities) if self.holds_day(row["resolved_at"])]

    def booked(self, *roles: str) -> Decimal:
        accounts = {row["id"] for row in self.raw.rows["ledger_account"] if row["role"] in roles}
        entries = {row["id"] for row in self.of_entities("journal_entry") if self.holds_day(row["entry_date"])}
        lines = (row for row in self.raw.rows["journal_line"] if row["entry_id"] in entries and row["account_id"] in accounts)
        return sum((row["credit"] - row["debit"] for row in lines), Decimal(0))

    def receivable(self) -> list[Row]:
        return [
            row
            for row in self.of_entities("invoice")
            if row["status"] in ("approved", "sent", "partially_paid", "overdue", "collection")
            and row["invoice_type"] != "credit_note"
        ]

    def cohort(self) -> list[int]:
        """How far each installation order of the period has ever come."""
        statuses: dict[UUID, list[str]] = {}
        for order, step in self.raw.steps(self.entities):
            statuses.setdefault(order["id"], []).append(step["to_status"])
        orders = (row for row in self.new_orders() if row["workflow"] == "installation")
        return [max((FAR[status] for status in statuses.get(row["id"], []) if status in FAR), default=-1) for row in orders]

    def late(self) -> list[Row]:
        gone = {row["id"] for row in self.raw.rows["order"] if row["is_test"] or row["deleted_at"] is not None}
        return [
            row
            for row in self.of_entities("entity_current_status")
            if (row["is_overdue"] or (row["sla_deadline"] is not None and row["sla_deadline"] < self.raw.now))
            and not (row["entity_type"] == "order" and row["entity_id"] in gone)
        ]


def _sum(values: Iterable[Decimal]) -> Decimal:
    return sum(values, Decimal(0))


def _share(part: int, whole: int) -> Decimal | None:
    return round(Decimal(100 * part) / whole, 1) if whole else None


def _mean(values: list[Decimal], places: int = 1) -> Decimal | None:
    return round(_sum(values) / len(values), places) if values else None


def _days(began: datetime, ended: datetime) -> Decimal:
    return Decimal((ended - began).total_seconds()) / 86_400


def _conversion(stage: int) -> Callable[[Question], Decimal | None]:
    def share(of: Question) -> Decimal | None:
        far = of.cohort()
        return _share(sum(each > stage for each in far), sum(each >= stage for each in far))

    return share


def _open(row: Row) -> Decimal:
    return row["total_amount"] - row["paid_amount"] - row["credited_amount"] - row["written_off_amount"]


ANSWERS: dict[str, Callable[[Question], Any]] = {
    "orders_new": lambda of: len(of.new_orders()),
    "orders_value": lambda of: _sum(row["total_excl_vat"] for row in of.new_orders()),
    "orders_average": lambda of: _mean([row["total_excl_vat"] for row in of.new_orders()], 2),
    "orders_completed": lambda of: len(
        [row for row in of.raw.orders(of.entities).values() if of.holds_day(row["actual_completion_date"])]
    ),
    "orders_cancelled": lambda of: len(
        [
            step
            for _order, step in of.raw.steps(of.entities)
            if step["to_status"] in ("cancelled", "rejected") and of.holds_day(step["occurred_at"])
        ]
    ),
    "orders_open": lambda of: len(
        [row for row in of.raw.orders(of.entities).values() if row["status"] not in ("completed", "cancelled", "rejected")]
    ),
    "conversion_intake": _conversion(0),
    "conversion_quote": _conversion(1),
    "conversion_approved": _conversion(2),
    "conversion_completed": _conversion(3),
    "holds_active": lambda of: len(of.active_holds()),
    "holds_overdue": lambda of: len(
        [
            row
            for row in of.active_holds()
            if row["estimated_resume_date"] is not None and row["estimated_resume_date"] < local_day(of.raw.now)
        ]
    ),
    "holds_age": lambda of: _mean([_days(row["held_at"], of.raw.now) for row in of.active_holds()]),
    "holds_created": lambda of: len([row for row in of.raw.holds(of.entities) if of.holds_day(row["held_at"])]),
    "holds_resolved": lambda of: len(of.ended_holds()),
    "holds_duration": lambda of: _mean([_days(row["held_at"], row["resolved_at"]) for row in of.ended_holds()]),
    "sla_in_time": lambda of: _share(of.timed().count(False), len(of.timed())),
    "sla_late": lambda of: of.timed().count(True),
    "sla_overdue": lambda of: len(of.late()),
    "sla_breached": lambda of: len([row for row in of.late() if row["stage"] != 4]),
    "sla_escalated": lambda of: len([row for row in of.late() if row["stage"] == 4]),
    "partner_errors": lambda of: len(
        [
            row
            for row in of.raw.rows["partner_delivery"]
            if row["state"] == "parked"
            and row["integration_id"] in {each["id"] for each in of.of_entities("partner_integration")}
        ]
    ),
    "tickets_open": lambda of: len(
        [row for row in of.of_entities("support_ticket") if row["status"] not in ("resolved", "closed", "cancelled")]
    ),
    "dead_deliveries": lambda of: len([row for row in of.raw.rows["events_eventdelivery"] if row["state"] == "parked"]),
    "reports_failed": lambda of: len(
        [row for row in of.raw.rows["report_mail"] if row["written_at"] is None and row["next_attempt_at"] is None]
    ),
    "number_warnings": lambda of: len([row for row in of.of_entities("number_sequence") if row["current_value"] >= 90_000]),
    "unmatched_money": lambda of: len(
        [row for row in of.of_entities("bank_transaction") if row["state"] in ("open", "proposed")]
    ),
    "differences": lambda of: len([row for row in of.raw.rows["verified"] if row["differences"] or row["error"]]),
    "time_per_status": lambda of: _mean(
        [24 * _days(step["left_since"], step["occurred_at"]) for step in of.left() if step["left_since"] is not None]
    ),
    "revenue": lambda of: of.booked("revenue", "credits"),
    "costs": lambda of: -of.booked("cost_of_goods", "commission_cost"),
    "profit": lambda of: of.booked("revenue", "credits", "cost_of_goods", "commission_cost"),
    "invoiced": lambda of: _sum(
        row["total_amount"] for row in of.of_entities("invoice") if row["invoice_number"] and of.holds_day(row["invoice_date"])
    ),
    "received": lambda of: _sum(row["amount"] for row in of.of_entities("payment") if of.holds_day(row["payment_date"])),
    "outstanding": lambda of: _sum(map(_open, of.receivable())),
    "outstanding_overdue": lambda of: _sum(_open(row) for row in of.receivable() if row["due_date"] < local_day(of.raw.now)),
    "failed_payments": lambda of: len(
        [
            row
            for row in of.of_entities("online_payment")
            if row["state"] == "failed" and not row["is_test"] and of.holds_day(row["started_at"])
        ]
    ),
    "commissions": lambda of: _sum(
        row["commission_amount"] - row["reversed_amount"]
        for row in of.of_entities("partner_commission")
        if of.holds_day(row["calculated_on"])
    ),
}
