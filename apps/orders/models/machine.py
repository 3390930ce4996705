"""The life of an order: both workflows, arrow by arrow."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import wraps
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.core import clock
from apps.orders.choices import (
    ACTIVE_STATUSES,
    FINAL_STATUSES,
    INITIAL_STATUS,
    STATUSES,
    CancellationCode,
    OrderStatus,
    OrderWorkflow,
)
from apps.orders.models import guards as g
from apps.workflow.guards import Guard
from apps.workflow.models import StatefulModel, Workflow
from apps.workflow.models.status import REASON_LENGTH

S = OrderStatus
ACTIVE = tuple(status for statuses in ACTIVE_STATUSES.values() for status in statuses)

Body = Callable[..., None]


def arrow(
    *, source: Sequence[OrderStatus], target: OrderStatus, permission: g.Permission, guards: Sequence[Guard] = ()
) -> Callable[[Body], Body]:
    """Declare the arrows that lead to a status.

    A hold suspends a status and does not replace it. From on hold an order may go back to where it was held, which is no
    step and meets no guard, or wherever it might have gone from there, meeting that arrow's guards.
    """

    def declare(body: Body) -> Body:
        method = _ending_a_hold(body, target)
        from_hold: g.Permission = g.ResumePermission(target=target, onward=permission)
        if source:
            method = transition(field="status", source=[*source], target=target, conditions=[*guards], permission=permission)(
                method
            )
        return transition(
            field="status",
            source=S.ON_HOLD,
            target=target,
            conditions=[g.goes_on_from(target, *source), *(g.unless_returning(target, each) for each in guards)],
            permission=from_hold,
        )(method)

    return declare


def _ending_a_hold(body: Body, target: OrderStatus) -> Body:
    @wraps(body)
    def move(order: Any, **given: Any) -> None:
        if order.held_from != target:
            body(order, **given)
        order.held_from = ""

    return move


class OrderMachine(StatefulModel):
    """The statuses of an order and the arrows between them; an arrow changes the order's own row alone."""

    entity_type = "order"
    untimed_flag = "is_test"
    workflows = {
        workflow: Workflow(
            statuses=tuple(statuses),
            initial=INITIAL_STATUS[workflow],
            final=frozenset(statuses) & frozenset(FINAL_STATUSES),
        )
        for workflow, statuses in STATUSES.items()
    }

    workflow = models.CharField(_("workflow"), max_length=20, choices=OrderWorkflow, editable=False)
    status = FSMField(_("status"), max_length=30, choices=OrderStatus, protected=True, editable=False)
    held_from = models.CharField(_("status before the hold"), max_length=30, choices=OrderStatus, blank=True, editable=False)
    planned_start_date = models.DateField(_("planned start"), null=True, blank=True, editable=False)
    actual_completion_date = models.DateField(_("completed on"), null=True, blank=True, editable=False)
    cancellation_code = models.CharField(
        _("cancelled because"),
        max_length=30,
        choices=CancellationCode,
        blank=True,
        default="",
        db_default="",
        editable=False,
    )
    cancellation_reason = models.CharField(
        _("explanation of the cancellation"), max_length=REASON_LENGTH, blank=True, default="", db_default="", editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    class Meta(StatefulModel.Meta):
        abstract = True

    def workflow_name(self) -> str:
        return self.workflow

    @property
    def stage(self) -> str:
        """The status that counts for what may happen next: on hold, the one it was held in."""
        return self.held_from or self.status

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    # Installation

    @arrow(source=[], target=S.NEW_LEAD, permission=g.may_sell)
    def take_up_lead(self) -> None:
        """Go on with a lead after a hold."""

    @arrow(source=[S.NEW_LEAD], target=S.INTAKE_SENT, permission=g.may_sell)
    def send_intake(self) -> None:
        """Ask the customer where and what."""

    @arrow(
        source=[S.NEW_LEAD, S.INTAKE_SENT],
        target=S.INTAKE_COMPLETED,
        permission=g.may_sell,
        guards=[g.has_installation_address],
    )
    def complete_intake(self) -> None:
        """All that a quote needs is known; a partner that sends everything skips the form."""

    @arrow(
        source=[S.INTAKE_COMPLETED, S.QUOTE_READY, S.QUOTE_SENT, S.CUSTOMER_APPROVED, S.PARTNER_APPROVED],
        target=S.QUOTE_DRAFT,
        permission=g.may_sell,
    )
    def draft_quote(self) -> None:
        """Work out the price, or do so again: what was approved of an older quote no longer counts."""

    @arrow(source=[S.QUOTE_DRAFT], target=S.QUOTE_READY, permission=g.may_sell, guards=[g.has_line_items])
    def finish_quote(self) -> None:
        """The quote can go out."""

    @arrow(source=[S.QUOTE_READY], target=S.QUOTE_SENT, permission=g.may_sell, guards=[g.has_line_items])
    def send_quote(self) -> None:
        """The customer, and the partner where it pays, have the quote."""

    @arrow(source=[S.QUOTE_SENT], target=S.CUSTOMER_APPROVED, permission=g.may_sell)
    def approve_for_customer(self) -> None:
        """The customer agreed; the partner must follow."""

    @arrow(source=[S.QUOTE_SENT], target=S.PARTNER_APPROVED, permission=g.may_sell, guards=[g.has_partner])
    def approve_for_partner(self) -> None:
        """The partner agreed; the customer must follow."""

    @arrow(
        source=[S.QUOTE_SENT, S.CUSTOMER_APPROVED, S.PARTNER_APPROVED],
        target=S.BOTH_APPROVED,
        permission=g.may_sell,
        guards=[g.is_approved_by_all_who_pay],
    )
    def approve_fully(self) -> None:
        """Whoever pays has agreed: at once with the customer, where no partner pays."""

    @arrow(source=[S.BOTH_APPROVED, S.SCHEDULED, S.IN_PROGRESS], target=S.PLANNING, permission=g.may_plan)
    def plan(self) -> None:
        """Find a day: the first, another one, or one for a second visit. A day found before no longer holds."""
        self.planned_start_date = None

    @arrow(source=[S.PLANNING], target=S.SCHEDULED, permission=g.may_plan)
    def schedule(self, *, planned_start_date: date | None = None) -> None:
        """A day is agreed; where it is not given along, it is still to be filled in."""
        self.planned_start_date = planned_start_date

    @arrow(source=[S.SCHEDULED], target=S.IN_PROGRESS, permission=g.may_install)
    def start(self) -> None:
        """The team is at work."""

    # Wholesale

    @arrow(source=[], target=S.NEW, permission=g.may_sell)
    def take_up_new(self) -> None:
        """Go on with a new wholesale order after a hold."""

    @arrow(source=[S.NEW], target=S.PENDING_APPROVAL, permission=g.may_sell, guards=[g.has_line_items])
    def ask_approval(self) -> None:
        """A manager must look at it."""

    @arrow(
        source=[S.NEW, S.PENDING_APPROVAL],
        target=S.APPROVED,
        permission=g.may_approve,
        guards=[g.has_line_items, g.is_within_approval_threshold],
    )
    def approve(self) -> None:
        """The order may be delivered: at once up to the entity's limit, by a manager above it."""

    @arrow(source=[S.PENDING_APPROVAL], target=S.REJECTED, permission=g.may_manage)
    def reject(self) -> None:
        """We do not take this order."""

    @arrow(source=[S.APPROVED], target=S.IN_PRODUCTION, permission=g.may_ship)
    def pick(self) -> None:
        """The goods are being picked."""

    @arrow(source=[S.IN_PRODUCTION], target=S.READY_FOR_DELIVERY, permission=g.may_ship)
    def make_ready(self) -> None:
        """The parcel stands ready."""

    @arrow(source=[S.READY_FOR_DELIVERY], target=S.DELIVERED, permission=g.may_ship)
    def deliver(self) -> None:
        """The customer has it."""

    # Both

    @arrow(source=[S.IN_PROGRESS, S.DELIVERED], target=S.COMPLETED, permission=g.may_complete)
    def complete(self, *, at: datetime) -> None:
        """All is done and the order can be invoiced."""
        self.actual_completion_date = clock.local_day(at)

    @arrow(source=ACTIVE, target=S.CANCELLED, permission=g.may_cancel)
    def cancel(self, *, cancellation_code: str = CancellationCode.OTHER, reason: str = "") -> None:
        """It will not happen, for the reason given."""
        self.cancellation_code, self.cancellation_reason = cancellation_code, reason

    @transition(field="status", source=[*ACTIVE], target=S.ON_HOLD, permission=g.may_hold)
    def hold(self) -> None:
        """Suspend work; the status it had is kept, to go on from."""
        self.held_from = self.status
