from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.accounts.models import User
from apps.core import clock
from apps.core.admin import BaseAdmin, LocalDaysFilter, ReadOnlyAdmin, RowsInline, WholeGroupPage, admin_link, entity_chip, euro
from apps.core.contributions import Panel
from apps.finance.models import CollectionLetter, CollectionLine, CollectionPause, Debtor, StatutoryInterestRate
from apps.finance.queries import aging, invoices_of, statement

MOST_LETTERS = 20


class CollectionLinesInline(RowsInline):
    model = CollectionLine
    fields = ["invoice_link", "open", "interest_asked"]
    readonly_fields = fields

    @admin.display(description=_("invoice"))
    def invoice_link(self, line: CollectionLine) -> SafeString | str:
        return admin_link(line.invoice)

    @admin.display(description=_("open"))
    def open(self, line: CollectionLine) -> str:
        return euro(line.open_amount)

    @admin.display(description=_("interest"))
    def interest_asked(self, line: CollectionLine) -> str:
        return euro(line.interest)


@admin.register(CollectionLetter)
class CollectionLetterAdmin(ReadOnlyAdmin, BaseAdmin):
    """What was written to those who did not pay in time."""

    empty_list = _("Nobody has been written to yet. Three days after an invoice is due the first letter goes by itself.")
    list_display = ["letter_date", "step", "customer", "asked", "is_withdrawn", "entity"]
    list_filter = ["step", "business_entity", ("letter_date", LocalDaysFilter)]
    list_select_related = ["business_entity", "organization"]
    search_fields = ["organization__name", "lines__invoice__invoice_number"]
    inlines = [CollectionLinesInline]
    fields = [
        ("letter_date", "step", "withdrawn"),
        ("customer", "contact", "business_entity"),
        ("open", "interest_asked", "costs_asked", "asked"),
    ]
    readonly_fields = [name for row in fields for name in row]

    @display(description=_("customer"), ordering="organization__name")
    def customer(self, letter: CollectionLetter) -> SafeString | str:
        return admin_link(letter.organization)

    @display(description=_("withdrawn"))
    def withdrawn(self, letter: CollectionLetter) -> str:
        return str(_("It did not leave: it was paid before, or could not be sent.")) if letter.is_withdrawn else ""

    @display(description=_("open"))
    def open(self, letter: CollectionLetter) -> str:
        return euro(letter.principal)

    @display(description=_("interest"))
    def interest_asked(self, letter: CollectionLetter) -> str:
        return euro(letter.interest)

    @display(description=_("collection costs"))
    def costs_asked(self, letter: CollectionLetter) -> str:
        told = euro(letter.costs)
        return told if letter.are_costs_due or not letter.costs else f"{told} ({_('announced')})"

    @display(description=_("asked"))
    def asked(self, letter: CollectionLetter) -> str:
        return euro(letter.claim)

    @display(description=_("business entity"), ordering="business_entity__entity_name")
    def entity(self, letter: CollectionLetter) -> SafeString:
        return entity_chip(letter.business_entity)


@admin.register(CollectionPause)
class CollectionPauseAdmin(ReadOnlyAdmin, BaseAdmin):
    """Invoices about which nothing is written for a while, and why."""

    empty_list = _("No collection is paused. An invoice's page has the button for it.")
    list_display = ["invoice_link", "until", "reason", "ended_at"]
    list_filter = [("until", LocalDaysFilter)]
    list_select_related = ["invoice"]
    search_fields = ["invoice__invoice_number", "reason"]
    fields = ["invoice_link", "until", "reason", "ended_at"]
    readonly_fields = fields

    @display(description=_("invoice"), ordering="invoice__invoice_number")
    def invoice_link(self, pause: CollectionPause) -> SafeString | str:
        return admin_link(pause.invoice)


@admin.register(StatutoryInterestRate)
class StatutoryInterestRateAdmin(WholeGroupPage, BaseAdmin):
    """The yearly interest between businesses; the government sets it anew each half year."""

    list_display = ["valid_from", "percentage"]
    fields = ["valid_from", "percentage"]


@admin.register(Debtor)
class DebtorAdmin(ReadOnlyAdmin, BaseAdmin):
    """Who owes what and for how long; a debtor's page is the statement of what passed between us."""

    empty_list = _("Nobody owes anything.")
    list_display = ["name", "owed", "not_due", "days_30", "days_60", "days_90", "older", "oldest"]
    list_filter = ["organization_type", "business_entity"]
    search_fields = ["name", "email"]  # not by invoice: another join would count each of them again
    fields = ["name", "organization_type", "email", "billing_email", "phone"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        debtors = super().get_queryset(request)
        return aging(debtors, invoices=invoices_of(request.user), on=clock.today())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        debtor = self.get_object(request, object_id)
        panels = [_statement_of(debtor, request.user), _letters_to(debtor, request.user)] if debtor else []
        return super().change_view(request, object_id, form_url, {"panels": panels, **(extra_context or {})})

    @display(description=_("open"), ordering="open_amount")
    def owed(self, debtor: Any) -> str:
        return euro(debtor.open_amount)

    @display(description=_("not due"), ordering="not_due")
    def not_due(self, debtor: Any) -> str:
        return _or_nothing(debtor.not_due)

    @display(description=_("1-30 days"), ordering="days_30")
    def days_30(self, debtor: Any) -> str:
        return _or_nothing(debtor.days_30)

    @display(description=_("31-60 days"), ordering="days_60")
    def days_60(self, debtor: Any) -> str:
        return _or_nothing(debtor.days_60)

    @display(description=_("61-90 days"), ordering="days_90")
    def days_90(self, debtor: Any) -> str:
        return _or_nothing(debtor.days_90)

    @display(description=_("longer"), ordering="older")
    def older(self, debtor: Any) -> str:
        return _or_nothing(debtor.older)

    @display(description=_("oldest"), ordering="oldest_due")
    def oldest(self, debtor: Any) -> Any:
        return debtor.oldest_due


def _statement_of(debtor: Debtor, user: User) -> Panel:
    lines = statement(debtor, invoices=invoices_of(user), until=clock.today())
    return Panel(
        title=_("Statement"),
        columns=[_("Date"), _("Document"), _("Number"), _("Amount"), _("Balance")],
        rows=[
            (
                date_format(line.day, "SHORT_DATE_FORMAT"),
                line.text,
                admin_link(line.record),
                euro(line.amount),
                euro(line.balance),
            )
            for line in lines
        ],
        empty=_("Nothing passed between us yet."),
    )


def _letters_to(debtor: Debtor, user: User) -> Panel:
    letters = CollectionLetter.objects.visible_to(user).filter(organization=debtor.pk)
    return Panel(
        title=_("Letters"),
        columns=[_("Date"), _("Step"), _("Asked")],
        rows=[
            (date_format(each.letter_date, "SHORT_DATE_FORMAT"), admin_link(each, each.get_step_display()), euro(each.claim))
            for each in letters[:MOST_LETTERS]
        ],
        empty=_("Nothing was written."),
    )


def _or_nothing(amount: Any) -> str:
    return euro(amount) if amount else ""
