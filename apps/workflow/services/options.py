from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import DomainError, Forbidden, Refused, Text
from apps.workflow.machines import Arrow, arrows_from, status_label
from apps.workflow.models import StatefulModel, StatusPolicy
from apps.workflow.queries import policy_book
from apps.workflow.registry import registry

PERMISSION_DENIED = "permission_denied"
REASON_REQUIRED = "reason_required"
CONTEXT_REQUIRED = "context_required"


@dataclass(frozen=True)
class Reason:
    """One thing that stands against a move: a stable code and what a person reads."""

    code: str
    message: Text


@dataclass(frozen=True, kw_only=True)
class TransitionOption:
    """One status that a record could go to now, whether it may, and if not every reason why.

    `needs_reason`: a reason must be given with the change. `form_fields`: what its context may hold.
    """

    to_status: str
    label: Text
    allowed: bool
    reasons: list[Reason] = field(default_factory=list)
    needs_reason: bool = False
    form_fields: tuple[str, ...] = ()


def allowed_transitions(record: StatefulModel, by: User | None) -> list[TransitionOption]:
    """Every arrow that leaves the record's status: those that are open to the user and those that are not, with why.

    A reason, and fields that the change itself would bring, are not held against an arrow here: `needs_reason` and
    `form_fields` say what to bring.
    """
    book = policy_book(record.entity_type, record.workflow_name())
    entity_id = record.policy_entity_id()
    return [_option(record, arrow, book.find(arrow.target, entity_id), by) for arrow in arrows_from(record)]


def _option(record: StatefulModel, arrow: Arrow, policy: StatusPolicy | None, by: User | None) -> TransitionOption:
    reasons = [*permission_lacking(record, arrow, by), *conditions_unmet(record, arrow, {})]
    act = registry.act_behind(record.entity_type, arrow.source, arrow.target)
    return TransitionOption(
        to_status=arrow.target,
        label=policy.label if policy else status_label(type(record), arrow.target),
        allowed=not reasons,
        reasons=reasons,
        needs_reason=bool(policy and policy.reason_required),
        form_fields=act.asks_for if act else arrow.asks_for,
    )


def permission_lacking(record: StatefulModel, arrow: Arrow, by: User | None) -> list[Reason]:
    """The missing right, if one is missing. The system (None) may go everywhere."""
    if by is None or arrow.transition.has_perm(record, by):
        return []
    return [Reason(PERMISSION_DENIED, Forbidden.message)]


def conditions_unmet(record: StatefulModel, arrow: Arrow, context: dict[str, Any]) -> list[Reason]:
    """The machine's own guards and what other apps require, each that does not hold."""
    guards = [Reason(guard.code, guard.message) for guard in arrow.guards if not guard(record)]
    requirements = [
        Reason(requirement.code, requirement.message)
        for requirement in registry.requirements_on(record.entity_type, arrow.target)
        if not requirement.predicate(record, context)
    ]
    return guards + requirements


def refuse_unless_open(
    record: StatefulModel,
    arrow: Arrow,
    *,
    policy: StatusPolicy | None,
    reason: str,
    context: dict[str, Any],
    by: User | None,
) -> None:
    """Refuse a move with everything that stands against it; the gravest kind gives the refusal its code.

    Raises:
        Forbidden: permission_denied.
        Refused: reason_required; guard_failed.
    """
    lacking = permission_lacking(record, arrow, by)
    unsaid = _reason_missing(policy, reason)
    unmet = conditions_unmet(record, arrow, context) + _context_missing(arrow, context)
    reasons = lacking + unsaid + unmet
    if lacking:
        raise _refusal(Forbidden, PERMISSION_DENIED, reasons)
    if unsaid:
        raise _refusal(Refused, REASON_REQUIRED, reasons)
    if unmet:
        raise _refusal(Refused, "guard_failed", reasons)


def _refusal(family: type[DomainError], code: str, reasons: list[Reason]) -> DomainError:
    listed = [{"code": reason.code, "detail": str(reason.message)} for reason in reasons]
    return family(listed[0]["detail"], code=code, reasons=listed)


def _reason_missing(policy: StatusPolicy | None, reason: str) -> list[Reason]:
    if policy and policy.reason_required and not reason.strip():
        return [Reason(REASON_REQUIRED, _("A reason is needed."))]
    return []


def _context_missing(arrow: Arrow, context: dict[str, Any]) -> list[Reason]:
    return [Reason(CONTEXT_REQUIRED, _needed(name)) for name in arrow.needs if name not in context]


def _needed(name: str) -> str | Promise:
    return _("“%(field)s” is needed.") % {"field": name}
