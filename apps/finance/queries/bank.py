"""Reads of what the bank told."""

from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from apps.accounts.models import User
from apps.core.errors import NotFound
from apps.core.scope import visible
from apps.finance.choices import LineState
from apps.finance.models import BankFile, BankTransaction


def bank_files_of(user: User) -> QuerySet[BankFile]:
    """The files that a user sent, and those about the accounts of their companies."""
    return BankFile.objects.handled_by(user)


def find_bank_file(key: UUID, *, by: User) -> BankFile:
    """One of those.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    found: BankFile | None = bank_files_of(by).filter(pk=key).first()
    if found is None:
        raise NotFound
    return found


def told_file(bank_file: BankFile, *, by: User) -> BankFile:
    """The file with its statements of the reader's companies, what became of their lines, and its errors."""
    lines = visible(BankTransaction.objects.filter(bank_statement__bank_file=bank_file), by)
    counts = dict(lines.order_by().values_list("state").annotate(Count("pk")))
    statements = visible(bank_file.statements.select_related("business_entity", "bank_account"), by)
    wrong = {"code": bank_file.error_code, "line": bank_file.error_line, "detail": bank_file.error_detail}
    told: Any = bank_file
    told.matched, told.proposed = counts.get(LineState.MATCHED, 0), counts.get(LineState.PROPOSED, 0)
    told.unmatched = counts.get(LineState.OPEN, 0)
    told.own_statements = list(statements.order_by("position"))
    told.errors = [wrong] if bank_file.error_code else []
    return bank_file
