from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.core.admin import BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, RowsInline, euro
from apps.finance.admin.books import BooksPage
from apps.finance.models import JournalEntry, JournalLine, LedgerAccount, PeriodLock


@admin.register(LedgerAccount)
class LedgerAccountAdmin(BaseAdmin):
    """The chart of each company, with what stands on each account."""

    list_display = ["code", "name", "kind", "role", "balance", "business_entity"]
    list_filter = ["business_entity", "kind"]
    list_select_related = ["business_entity"]
    search_fields = ["code", "name"]
    fields = ["business_entity", "code", "name", "kind", "role"]

    def get_readonly_fields(self, request: HttpRequest, obj: LedgerAccount | None = None) -> list[str]:
        """What was booked on an account was booked for this company and this use: of one that is there only the name changes."""
        return [name for name in self.fields if name != "name"] if obj else []

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(debited=Sum("lines__debit"), credited=Sum("lines__credit"))

    @display(description=_("balance"))
    def balance(self, account: LedgerAccount) -> str:
        return euro((account.debited or 0) - (account.credited or 0))  # type: ignore[attr-defined]  # as annotated above


class JournalLinesInline(RowsInline):
    model = JournalLine
    fields = ["account", "debited", "credited"]
    readonly_fields = fields

    @admin.display(description=_("debit"))
    def debited(self, line: JournalLine) -> str:
        return euro(line.debit) if line.debit else ""

    @admin.display(description=_("credit"))
    def credited(self, line: JournalLine) -> str:
        return euro(line.credit) if line.credit else ""


@admin.register(JournalEntry)
class JournalEntryAdmin(BooksPage, ReadOnlyAdmin, BaseAdmin):
    """What was booked, the latest first."""

    empty_list = _("Nothing has been booked yet. Invoices, credit notes and payments are booked by themselves.")
    list_display = ["entry_date", "description", "kind", "business_entity", "booked_by"]
    list_filter = ["kind", "business_entity", ("entry_date", LocalDaysFilter)]
    list_select_related = ["business_entity"]
    search_fields = ["description"]
    inlines = [JournalLinesInline]
    fields = ["entry_date", "kind", "description", "business_entity", "reverses", "booked_at", "booked_by"]
    readonly_fields = fields


@admin.register(PeriodLock)
class PeriodLockAdmin(ReadOnlyAdmin, BaseAdmin):
    """Up to which day the books of each company are closed."""

    empty_list = _("No books have been closed yet.")
    list_display = ["business_entity", "locked_until"]
    list_select_related = ["business_entity"]
    fields = ["business_entity", "locked_until"]
