"""Two people for one act: somebody asks, somebody else with the right approves, and only then it is done.

An app that has such an act says at its start how it is carried out (`two_people_for`), and asks with `ask_approval`.
"""

from collections.abc import Callable
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core import clock
from apps.core.actor import acting
from apps.core.errors import Conflict, DomainError, Forbidden, NotFound, Refused
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.organizations.choices import ApprovalKind, ApprovalState
from apps.organizations.models import ApprovalRequest, BusinessEntity

APPROVES = Scope.FINANCE_APPROVE

# Does what was approved, in the transaction of the approval, and raises a `DomainError` where that is not possible any more.
CarryOut = Callable[[ApprovalRequest, User], None]
_acts: dict[str, CarryOut] = {}


def two_people_for(kind: ApprovalKind, carry_out: CarryOut) -> None:
    """Say how a kind of act is carried out once it is approved; called in an app's `ready()`."""
    _acts[kind] = carry_out


@in_transaction
def ask_approval(
    *,
    kind: ApprovalKind,
    about: models.Model,
    business_entity: BusinessEntity | None,
    reason: str,
    by: User,
    amount: Decimal | None = None,
    account_name: str = "",
    iban: str = "",
    previous_iban: str = "",
) -> ApprovalRequest:
    """Ask for an act on a record that the caller has locked; nothing of it is done.

    Raises:
        Refused: reason_required.
        Conflict: approval_waiting, where it was asked before and nobody has decided.
    """
    if not reason.strip():
        raise Refused(_("Say why."), code="reason_required")
    if ApprovalRequest.objects.waiting().filter(kind=kind, about_id=about.pk).exists():
        raise Conflict(_("This waits for approval already."), code="approval_waiting")
    ref = ref_to(about)
    return ApprovalRequest.objects.create(
        kind=kind,
        business_entity=business_entity,
        about_type=ref.entity_type,
        about_id=ref.entity_id,
        label=str(about)[:220],
        amount=amount,
        account_name=account_name[:220],
        iban=iban,
        previous_iban=previous_iban,
        reason=reason.strip()[:500],
        requested_by=by,
        requested_at=clock.now(),
    )


@in_transaction
def approve_request(*, approval: ApprovalRequest, by: User) -> ApprovalRequest:
    """Approve what somebody else asked for: it is done at once, or nothing is, and the request waits on.

    Raises:
        NotFound: it is not for the approver's eyes.
        Conflict: approval_decided; and whatever stands against the act.
        Forbidden: approval_needs_right. Refused: two_people_needed.
    """
    held = _lock(approval, by)
    if against := against_deciding(held, by):
        raise against
    _decide(held, ApprovalState.APPROVED, by)
    with acting(reason=f"{held.requested_by}: {held.reason}"[:500]):  # whoever approves is the actor: history names both
        _acts[held.kind](held, by)
    return held


@in_transaction
def reject_request(*, approval: ApprovalRequest, reason: str, by: User) -> ApprovalRequest:
    """Refuse what somebody else asked for, and say why; nothing is done.

    Raises:
        NotFound, Conflict, Forbidden, Refused: see `approve_request`; reason_required.
    """
    if not reason.strip():
        raise Refused(_("Say why."), code="reason_required")
    held = _lock(approval, by)
    if against := against_deciding(held, by):
        raise against
    return _decide(held, ApprovalState.REJECTED, by, answer=reason.strip()[:500])


@in_transaction
def withdraw_request(*, approval: ApprovalRequest, by: User) -> ApprovalRequest:
    """Take back what one asked for oneself.

    Raises:
        NotFound; Conflict: approval_decided. Forbidden: approval_of_another.
    """
    held = _lock(approval, by)
    if held.requested_by_id != by.pk:
        raise Forbidden(_("Only whoever asked for it takes it back."), code="approval_of_another")
    return _decide(held, ApprovalState.WITHDRAWN, by)


def against_deciding(approval: ApprovalRequest, user: User) -> DomainError | None:
    """What stands against this person's deciding on a request; None where nothing does."""
    if approval.requested_by_id == user.pk:
        return Refused(_("You asked for this yourself: somebody else decides."), code="two_people_needed")
    if not user.has_scope(APPROVES):
        return Forbidden(_("This needs the right “%(right)s”.") % {"right": APPROVES.label}, code="approval_needs_right")
    return None


def _lock(approval: ApprovalRequest, by: User) -> ApprovalRequest:
    """The request as it is now, behind its lock, which comes before those of the records that it is about."""
    rows = ApprovalRequest.objects.filter(pk=approval.pk)
    if not rows.handled_by(by).exists():
        raise NotFound
    held = rows.select_for_update(of=("self",)).select_related("business_entity", "requested_by").get()
    if held.state != ApprovalState.WAITING:
        detail = _("This request is “%(state)s”: somebody was here before.") % {"state": held.get_state_display()}
        raise Conflict(detail, code="approval_decided", current=held.state)
    return held


def _decide(held: ApprovalRequest, state: ApprovalState, by: User, *, answer: str = "") -> ApprovalRequest:
    held.state, held.decided_by, held.decided_at, held.answer = state, by, clock.now(), answer
    held.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    return held
