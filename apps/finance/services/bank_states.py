"""Where a line of the bank stands, and who may change that: one at a time."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.finance.choices import LineState
from apps.finance.models import BankTransaction


def lock_line(bank_transaction: BankTransaction, states: Sequence[str], *, code: str = "line_settled") -> BankTransaction:
    """The line as it is now, behind its lock: it comes before those of orders."""
    rows = BankTransaction.objects.select_for_update(of=("self",)).select_related("business_entity")
    line: BankTransaction = rows.get(pk=bank_transaction.pk)
    if line.state not in states:
        detail = _("This line is “%(state)s”: somebody was here before.") % {"state": line.get_state_display()}
        raise Conflict(detail, code=code, current=line.state)
    return line


def settle_line(
    line: BankTransaction, state: LineState, *, matched_by: str = "", is_by_hand: bool, note: str | None = None
) -> BankTransaction:
    line.state, line.matched_by, line.is_by_hand = state, matched_by, is_by_hand
    line.note = line.note if note is None else note
    line.save(update_fields=["state", "matched_by", "is_by_hand", "note"])
    line.proposals.all().delete()
    return line
