from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from apps.core.money import ZERO
from apps.finance.models import LedgerAccount
from apps.organizations.models import BusinessEntity


@dataclass(frozen=True, kw_only=True)
class AccountBalance:
    """What was booked on an account up to a day, in EUR; the balance is debit less credit."""

    account: LedgerAccount
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        return self.debit - self.credit


def trial_balance(business_entity: BusinessEntity, *, until: date) -> list[AccountBalance]:
    """Every account of a company with all that was booked on it up to and including a day."""
    booked = Q(lines__entry__entry_date__lte=until)
    accounts: Any = LedgerAccount.objects.filter(business_entity=business_entity).annotate(
        debited=Sum("lines__debit", filter=booked), credited=Sum("lines__credit", filter=booked)
    )
    return [
        AccountBalance(account=account, debit=account.debited or ZERO, credit=account.credited or ZERO)
        for account in accounts.order_by("code")
    ]
