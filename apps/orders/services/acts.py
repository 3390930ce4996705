"""How the status engine's generic door carries out the steps that are acts of ours, with a change's context as input."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.api.values import is_within_reach, parse_day
from apps.core.errors import FieldError, Malformed
from apps.orders.choices import CancellationCode, HoldReason, OrderStatus
from apps.orders.models import Order
from apps.orders.services.holds import HoldRequest, end_hold, place_hold
from apps.workflow.models import StatusTransition
from apps.workflow.services import act, change_status

HOLD_FIELDS = (
    "hold_reason_category",
    "hold_reason_details",
    "estimated_resume_date",
    "notify_customer",
    "notify_partner",
)
RESUME_FIELDS = ("resolution_notes", "new_planned_date")
CANCEL_FIELDS = ("cancellation_code",)


def register_acts() -> None:
    """Have holding, going on after a hold, scheduling and cancelling done by the services of this app."""
    act("order", OrderStatus.ON_HOLD, hold, asks_for=HOLD_FIELDS)
    act("order", OrderStatus.SCHEDULED, schedule, asks_for=("planned_start_date",))
    act("order", OrderStatus.CANCELLED, cancel, asks_for=CANCEL_FIELDS)
    for status in OrderStatus.values:
        if status != OrderStatus.ON_HOLD:
            asked = RESUME_FIELDS + (CANCEL_FIELDS if status == OrderStatus.CANCELLED else ())
            act("order", status, _leave_hold(status, asked), from_status=OrderStatus.ON_HOLD, asks_for=asked)


@transaction.atomic
def hold(
    *, record: Order, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """Hold an order; the reason of the change is the explanation where the context has none."""
    given = _Context(context, known=HOLD_FIELDS)
    request = HoldRequest(
        hold_reason_category=given.text("hold_reason_category", HoldReason.OTHER),
        hold_reason_details=given.text("hold_reason_details", reason),
        estimated_resume_date=given.day("estimated_resume_date"),
        notify_customer=given.flag("notify_customer"),
        notify_partner=given.flag("notify_partner"),
    )
    given.finish()
    _hold, transition = place_hold(record, request, context=given.other, expected_status=expected_status, by=by)
    return transition


@transaction.atomic
def schedule(
    *, record: Order, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """Agree on a day."""
    given = _Context(context, known=("planned_start_date",))
    day = given.day("planned_start_date")
    given.finish()
    return change_status(
        record,
        OrderStatus.SCHEDULED,
        reason=reason,
        context=given.other | ({"planned_start_date": day} if day else {}),
        expected_status=expected_status,
        by=by,
    )


@transaction.atomic
def cancel(
    *, record: Order, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
) -> StatusTransition:
    """Cancel an order; whoever gives no code for the reason means another one."""
    given = _Context(context, known=CANCEL_FIELDS)
    code = given.choice("cancellation_code", CancellationCode)
    given.finish()
    return change_status(
        record,
        OrderStatus.CANCELLED,
        reason=reason,
        context=given.other | {"cancellation_code": code},
        expected_status=expected_status,
        by=by,
    )


def _leave_hold(to_status: str, asked: tuple[str, ...]) -> Callable[..., StatusTransition]:
    @transaction.atomic
    def leave_hold(
        *, record: Order, context: dict[str, Any], reason: str, expected_status: str | None, by: User | None
    ) -> StatusTransition:
        given = _Context(context, known=(*asked, "planned_start_date"))
        notes = given.text("resolution_notes", reason)
        planned_date = given.day("new_planned_date") or given.day("planned_start_date")
        why = {name: given.choice(name, CancellationCode) for name in CANCEL_FIELDS if name in asked}
        given.finish()
        return end_hold(
            record,
            to_status,
            notes=notes,
            planned_date=planned_date,
            context=given.other | why,
            expected_status=expected_status,
            by=by,
        )

    return leave_hold


class _Context:
    """Reads values of a change's context, which come from outside, and refuses all that are wrong together.

    What else a caller tells is kept with the change: a context is the caller's own.
    """

    def __init__(self, context: dict[str, Any], *, known: tuple[str, ...]) -> None:
        self.context = context
        self.other = {name: value for name, value in context.items() if name not in known}
        self.wrong: list[FieldError] = []

    def text(self, name: str, default: str) -> str:
        value = self.context.get(name) or default
        return value if isinstance(value, str) else self._refuse(name, _("A text is expected."), default)

    def flag(self, name: str) -> bool:
        value = self.context.get(name, True)
        return value if isinstance(value, bool) else self._refuse(name, _("True or false is expected."), True)

    def day(self, name: str) -> date | None:
        """A day, as itself or as 2026-12-31."""
        value = self.context.get(name)
        day = parse_day(value) if isinstance(value, str) else value
        if value is not None and (type(day) is not date or not is_within_reach(day)):
            return self._refuse(name, _("A day such as 2026-12-31 is expected."), None)
        return day

    def choice(self, name: str, choices: type[TextChoices]) -> str:
        """One of the choices, the last one where none is given."""
        value = self.context.get(name) or choices.values[-1]
        return value if value in choices.values else self._refuse(name, _("There is no such reason."), choices.values[-1])

    def finish(self) -> None:
        if self.wrong:
            raise Malformed(fields=self.wrong)

    def _refuse(self, name: str, detail: Any, default: Any) -> Any:
        self.wrong.append(self._fault(name, "invalid", detail))
        return default

    @staticmethod
    def _fault(name: str, code: str, detail: Any) -> FieldError:
        return FieldError(pointer=f"/business_context/{name}", code=code, detail=detail)
