"""What a partner reports of its order: always kept, applied when it is news, and a step of ours where that was agreed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core import clock
from apps.core.actor import current
from apps.core.errors import Conflict, NotFound, Refused
from apps.core.records import RecordRef
from apps.orders.choices import OrderStatus
from apps.orders.models import Order
from apps.partners import queries
from apps.partners.choices import ReportOutcome
from apps.partners.models import PartnerIntegration, PartnerOrderReference, PartnerStatusReport
from apps.workflow.choices import TaskPriority, TaskType
from apps.workflow.models import InternalTask
from apps.workflow.models.status import REASON_LENGTH
from apps.workflow.services import change_entity_status, create_task

OLDER = "older_than_known"
NO_MEANING = "status_not_mapped"
THERE_ALREADY = "already_there"
NOT_LISTED = "arrow_not_listed"


@dataclass(frozen=True, kw_only=True)
class ReportedStatus:
    """What the partner says: its word for the status, and since when."""

    status: str
    reported_at: datetime
    notes: str = ""


@transaction.atomic
def report_status(
    *, integration: PartnerIntegration, partner_order_id: str, reported: ReportedStatus, is_test: bool | None
) -> PartnerStatusReport:
    """Keep a status that a partner reports of its order, and move the order where the integration lists that very step.

    The same status of the same moment is the same report: nothing happens, and the first one is given. One that is older
    than what is known is kept and not applied. A step that the order cannot take is kept too, and a colleague is asked.

    Raises:
        NotFound: the partner has no such order.
    """
    orders = queries.orders_at_partner(integration, is_test=is_test).filter(partner_order_id=partner_order_id)
    reference = orders.select_for_update(of=("self",)).first()
    if reference is None:
        raise NotFound
    known = reference.status_reports.filter(status=reported.status, reported_at=reported.reported_at).first()
    if known is not None:
        return known
    to_status = integration.inward_status(reported.status)
    outcome, code = _apply(integration, reference, reported, to_status)
    return PartnerStatusReport.objects.create(
        reference=reference,
        status=reported.status,
        reported_at=reported.reported_at,
        notes=reported.notes,
        received_at=clock.now(),
        request_id=current().request_id,
        to_status=to_status,
        outcome=outcome,
        outcome_code=code,
    )


def _apply(
    integration: PartnerIntegration, reference: PartnerOrderReference, reported: ReportedStatus, to_status: str
) -> tuple[ReportOutcome, str]:
    """What comes of a report that is new to us: the outcome, and a code that says why it is no more than that."""
    if reference.external_status_at and reported.reported_at < reference.external_status_at:
        return ReportOutcome.RECORDED, OLDER
    reference.external_status, reference.external_status_at = reported.status, reported.reported_at
    reference.save(update_fields=["external_status", "external_status_at"])
    if not to_status:
        return ReportOutcome.RECORDED, NO_MEANING
    order = reference.order
    if order.status == to_status:
        return ReportOutcome.RECORDED, THERE_ALREADY
    if {"from": order.status, "to": to_status} not in integration.status_arrows:
        return ReportOutcome.RECORDED, NOT_LISTED
    return _move(integration, order, reported, to_status)


def _move(integration: PartnerIntegration, order: Order, reported: ReportedStatus, to_status: str) -> tuple[ReportOutcome, str]:
    """The integration lists the step, so nobody's right is asked for; what the machine wants is asked for as ever."""
    said = _("%(partner)s reports: %(status)s") % {
        "partner": integration.partner_organization,
        "status": reported.status,
    }
    reason = f"{said}\n{reported.notes}"[:REASON_LENGTH].strip()
    try:
        with transaction.atomic():
            change_entity_status(
                entity_type=Order.entity_type,
                entity_id=order.pk,
                to_status=to_status,
                transition_reason=reason,
                business_context=_context(reported, to_status),
                expected_status=order.status,
            )
    except (Conflict, Refused) as refusal:
        _ask_a_colleague(order, said, str(refusal), to_status)
        return ReportOutcome.RECORDED, refusal.code
    return ReportOutcome.MOVED, ""


def _context(reported: ReportedStatus, to_status: str) -> dict[str, Any]:
    who_holds_knows = {"notify_partner": False} if to_status == OrderStatus.ON_HOLD else {}
    return {"partner_status": reported.status, **who_holds_knows}


def _ask_a_colleague(order: Order, said: str, problem: str, to_status: str) -> None:
    """One open task per order and status, however often the partner says so."""
    title = _("%(number)s: %(said)s") % {"number": order.order_number, "said": said}
    about = RecordRef(entity_type=Order.entity_type, entity_id=order.pk)
    asked = InternalTask.objects.unfinished().filter(
        about_type=about.entity_type, about_id=about.entity_id, task_type=TaskType.RESEARCH, title=title[:200]
    )
    if asked.exists():
        return
    create_task(
        title=title[:200],
        description=_("The order could not follow to “%(status)s”: %(problem)s")
        % {"status": OrderStatus(to_status).label, "problem": problem},
        task_type=TaskType.RESEARCH,
        priority=TaskPriority.NORMAL,
        about=about,
        business_entity=order.business_entity,
    )
