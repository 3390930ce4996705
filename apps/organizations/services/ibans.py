"""The accounts that money goes to: of whom we pay, and our own. Two people are needed to change one."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.errors import Conflict, FieldError, Malformed
from apps.core.transactions import in_transaction
from apps.core.validators import normalize_iban
from apps.organizations.choices import ApprovalKind
from apps.organizations.models import ApprovalRequest, BankAccount, Organization
from apps.organizations.services.approvals import ask_approval

Holder = Organization | BankAccount


@in_transaction
def ask_for_iban(*, holder: Holder, iban: str, reason: str, by: User) -> ApprovalRequest:
    """Ask that an organization, or a bank account of ours, gets this IBAN; until somebody else approves it the old one stays.

    Empty takes an organization's away. An account of ours that is new comes into use by the approval.

    Raises:
        Malformed: invalid_iban, iban_in_use, iban_same.
        Refused, Conflict: see `ask_approval`.
    """
    held = _lock(holder)
    wanted = _readable(held, iban)
    previous = iban_in_force(held)
    if wanted == previous:
        raise _malformed("iban_same", _("That is its IBAN."))
    return ask_approval(
        kind=ApprovalKind.IBAN,
        about=held,
        business_entity=held.business_entity,
        reason=reason,
        by=by,
        account_name=_name_of(held),
        iban=wanted,
        previous_iban=previous,
    )


def carry_out_iban(approval: ApprovalRequest, by: User) -> None:
    """Give the holder the IBAN that was approved.

    Raises:
        Conflict: iban_moved, where it has another one now than when this was asked.
        Malformed: iban_in_use.
    """
    model = BankAccount if approval.about_type == "bank_account" else Organization
    held: Holder = _lock(model(pk=approval.about_id))
    if iban_in_force(held) != approval.previous_iban:
        raise Conflict(_("It has another IBAN now than when this was asked."), code="iban_moved")
    held.iban = _readable(held, approval.iban)
    fields = ["iban"]
    if isinstance(held, BankAccount) and not held.is_confirmed:
        held.is_confirmed = held.is_active = True
        fields += ["is_confirmed", "is_active"]
    held.save(update_fields=fields)


def iban_in_force(holder: Holder) -> str:
    """The IBAN that holds; none while an account of ours waits to be confirmed."""
    if isinstance(holder, BankAccount) and not holder.is_confirmed:
        return ""
    return str(holder.iban)


def _readable(holder: Holder, iban: str) -> str:
    if not iban.strip() and isinstance(holder, Organization):
        return ""
    try:
        wanted = normalize_iban(iban)
    except ValidationError as error:
        raise _malformed(error.code or "invalid_iban", error.messages[0]) from error
    if isinstance(holder, BankAccount) and BankAccount.objects.filter(iban=wanted).exclude(pk=holder.pk).exists():
        raise _malformed("iban_in_use", _("Another bank account of ours has this IBAN."))
    return wanted


def _name_of(holder: Holder) -> str:
    return holder.account_name if isinstance(holder, BankAccount) else holder.legal_name or holder.name


def _lock(holder: Holder) -> Holder:
    rows = type(holder)._default_manager.select_for_update(of=("self",)).select_related("business_entity")
    held: Holder = rows.get(pk=holder.pk)
    return held


def _malformed(code: str, detail: object) -> Malformed:
    return Malformed(fields=[FieldError(pointer="/iban", code=code, detail=str(detail))])
