"""The books of each company: accounts, entries that balance and never change, and the day up to which they are closed."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField
from apps.core.models import BusinessModel, known
from apps.core.triggers import AppendOnly, RefuseTruncate
from apps.finance.choices import AccountKind, AccountRole, EntryKind
from apps.organizations.models import BusinessEntity, ScopedQuerySet


class LedgerAccountQuerySet(ScopedQuerySet["LedgerAccount"]):
    def get_by_natural_key(self, entity_code: str, code: str) -> "LedgerAccount":
        return self.get(business_entity__entity_code=entity_code, code=code)


class LedgerAccount(AuditedModel):
    """One account of a company's chart. Postings find it by what it is for."""

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        related_name="ledger_accounts",
        verbose_name=_("business entity"),
        db_index=False,
    )
    code = models.CharField(_("code"), max_length=10)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=10, choices=AccountKind)
    role = models.CharField(_("used for"), max_length=30, choices=AccountRole)

    objects = LedgerAccountQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "ledger_account"
        verbose_name = _("ledger account")
        verbose_name_plural = _("ledger accounts")
        ordering = ["business_entity", "code"]
        constraints = [
            known("kind", AccountKind),
            known("role", AccountRole),
            models.UniqueConstraint(name="ledger_account_code_once", fields=["business_entity", "code"]),
            models.UniqueConstraint(name="ledger_account_role_once", fields=["business_entity", "role"]),
            models.CheckConstraint(name="ledger_account_code_digits", condition=Q(code__regex="^[0-9]{3,10}$")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def natural_key(self) -> tuple[str, str]:
        return self.business_entity.entity_code, self.code


class JournalEntryQuerySet(ScopedQuerySet["JournalEntry"]):
    def of(self, source_type: str, source_id: object) -> Self:
        return self.filter(source_type=source_type, source_id=source_id)


class JournalEntry(BusinessModel):
    """One booking: what happened on a day, and the record that it comes from. It is never changed, only reversed.

    The database refuses an entry whose lines do not balance, one in a closed period, and every change of what stands.
    """

    app_privileges = "SELECT, INSERT"

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    kind = models.CharField(_("kind"), max_length=15, choices=EntryKind)
    entry_date = models.DateField(_("date"))
    booked_at = models.DateTimeField(_("booked at"))
    description = models.CharField(_("description"), max_length=300)
    source_type = models.CharField(_("comes from"), max_length=50)
    source_id = models.UUIDField(_("record"))
    reverses = models.OneToOneField(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: it reverses nothing
        related_name="reversed_by",
        verbose_name=_("reverses"),
    )
    booked_by = models.CharField(_("booked by"), max_length=200, blank=True)

    objects = JournalEntryQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "journal_entry"
        verbose_name = _("journal entry")
        verbose_name_plural = _("journal entries")
        ordering = ["-entry_date", "-booked_at"]
        triggers = [*BusinessModel.Meta.triggers, AppendOnly(), RefuseTruncate()]
        constraints = [
            known("kind", EntryKind),
            models.CheckConstraint(
                name="journal_entry_reversal",
                condition=Q(kind=EntryKind.REVERSAL, reverses__isnull=False)
                | (~Q(kind=EntryKind.REVERSAL) & Q(reverses__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="journal_entry_by_day", fields=["business_entity", "entry_date"]),
            models.Index(name="journal_entry_source", fields=["source_type", "source_id"]),
        ]

    def __str__(self) -> str:
        return self.description


class JournalLine(BusinessModel):
    """One side of an entry on one account: debit or credit, in EUR, never both and never negative."""

    app_privileges = "SELECT, INSERT"

    entry = models.ForeignKey(JournalEntry, on_delete=models.PROTECT, related_name="lines", verbose_name=_("journal entry"))
    account = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="lines", verbose_name=_("account"))
    debit = AmountField(_("debit"), default=Decimal("0.00"))
    credit = AmountField(_("credit"), default=Decimal("0.00"))

    class Meta(BusinessModel.Meta):
        db_table = "journal_line"
        verbose_name = _("journal line")
        verbose_name_plural = _("journal lines")
        ordering = ["entry", "account__code"]
        triggers = [*BusinessModel.Meta.triggers, AppendOnly(), RefuseTruncate()]
        constraints = [
            models.CheckConstraint(name="journal_line_one_side", condition=Q(debit__gt=0, credit=0) | Q(debit=0, credit__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.account.code} {self.debit} {self.credit}"


class PeriodLock(AuditedModel):
    """A company's books are closed up to and including a day: nothing is booked there any more."""

    business_entity = models.OneToOneField(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity")
    )
    locked_until = models.DateField(_("closed up to and including"))

    objects = ScopedQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "period_lock"
        verbose_name = _("closed period")
        verbose_name_plural = _("closed periods")
        ordering = ["business_entity"]

    def __str__(self) -> str:
        return f"{self.business_entity} {self.locked_until}"
