"""The report of money: what each company earned, what is outstanding and for how long, commissions and VAT."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core import clock
from apps.core.errors import Text
from apps.core.tables import Column
from apps.finance.choices import AccountKind, AccountRole, CommissionStatus, VatCategory
from apps.finance.models import LedgerAccount
from apps.finance.queries.debtors import BUCKETS
from apps.organizations.models import BusinessEntity, Organization
from apps.reporting.figures.money import COSTS, REVENUE
from apps.reporting.figures.periods import Period
from apps.reporting.figures.reading import LONG_AGO, Ask, Sum, amount, by_key, count, read
from apps.reporting.figures.scopes import Scope

BUCKET_LABELS = {
    "not_due": gettext_lazy("Not due yet"),
    "days_30": gettext_lazy("1 to 30 days late"),
    "days_60": gettext_lazy("31 to 60 days late"),
    "days_90": gettext_lazy("61 to 90 days late"),
    "older": gettext_lazy("More than 90 days late"),
}
PROFIT_ROLES = (*REVENUE, *COSTS)
FAR_OFF = timedelta(days=36_500)
PROFIT, OUTSTANDING, COMMISSIONS, PARTNERS, VAT = SECTIONS = ("profit", "outstanding", "commissions", "partners", "vat")
SECTION_LABELS: dict[str, Text] = {
    PROFIT: gettext_lazy("Profit and loss"),
    OUTSTANDING: gettext_lazy("Outstanding"),
    COMMISSIONS: gettext_lazy("Commissions"),
    PARTNERS: gettext_lazy("Commissions per partner"),
    VAT: gettext_lazy("VAT"),
}


@dataclass(frozen=True, kw_only=True)
class ReportLine:
    """One line: of a company, about an account, a bucket, a partner or a rate. `base` is what VAT was reckoned over."""

    section: str
    entity: BusinessEntity
    item: str
    label: Text
    count: int
    amount: Decimal
    previous: Decimal | None = None
    base: Decimal | None = None


COLUMNS = (
    Column(name="section", label=gettext_lazy("Part"), value=lambda line: SECTION_LABELS[line.section]),
    Column(name="business_entity", label=gettext_lazy("Business entity"), value=lambda line: line.entity.entity_code),
    Column(name="item", label=gettext_lazy("Item"), value=lambda line: line.item),
    Column(name="label", label=gettext_lazy("Name"), value=lambda line: line.label),
    Column(name="count", label=gettext_lazy("Number"), value=lambda line: line.count),
    Column(name="base", label=gettext_lazy("Over"), value=lambda line: line.base),
    Column(name="amount", label=gettext_lazy("Amount"), value=lambda line: line.amount),
    Column(name="previous", label=gettext_lazy("Period before"), value=lambda line: line.previous),
)


class FinancialReport:
    """What the totals say of money in a period; what is outstanding stands as it is today."""

    def __init__(self, scope: Scope, period: Period) -> None:
        self.scope, self.period, self.before, self.today = scope, period, period.previous(), clock.today()
        self.entities = list(BusinessEntity.objects.filter(pk__in=scope.entities).order_by("entity_code"))

    def lines(self) -> Iterator[ReportLine]:
        """All of it, section by section, company by company."""
        for section in SECTIONS:
            yield from self.section(section)

    def section(self, name: str) -> list[ReportLine]:
        make = {
            PROFIT: self._profit,
            OUTSTANDING: self._outstanding,
            COMMISSIONS: self._commissions,
            PARTNERS: self._partners,
            VAT: self._vat,
        }[name]
        return [line for entity in self.entities for line in make(entity)]

    def _profit(self, entity: BusinessEntity) -> Iterator[ReportLine]:
        """The accounts of the figure `profit` with that profit, then those of all other costs and what is left."""
        yield from self._booked(entity, PROFIT_ROLES)
        yield self._sum_of(entity, "profit", _("Profit"), PROFIT_ROLES)
        others = {str(role) for role in AccountRole} - set(PROFIT_ROLES)
        yield from self._booked(entity, others)
        yield self._sum_of(entity, "result", _("Result after other costs"), {str(role) for role in AccountRole})

    def _booked(self, entity: BusinessEntity, roles: Collection[str]) -> Iterator[ReportLine]:
        now, before = (by_key(self._of("booked", entity, period)) for period in (self.period, self.before))
        for account in self._accounts[entity.pk]:
            sums, earlier = now.get(str(account.pk), []), before.get(str(account.pk), [])
            if account.role in roles and (sums or earlier):
                yield self._line(PROFIT, entity, account.code, account.name, sums, previous=amount(earlier))

    def _sum_of(self, entity: BusinessEntity, item: str, label: Text, roles: Collection[str]) -> ReportLine:
        keys = {str(account.pk) for account in self._accounts[entity.pk] if account.role in roles}
        now, before = (
            [each for each in self._of("booked", entity, period) if each.key in keys] for period in (self.period, self.before)
        )
        return self._line(PROFIT, entity, item, label, now, previous=amount(before))

    def _outstanding(self, entity: BusinessEntity) -> Iterator[ReportLine]:
        for bucket in BUCKETS:
            sums = [each for each in self._answers[self._bucket(bucket)] if each.entity == entity.pk]
            yield self._line(OUTSTANDING, entity, bucket, BUCKET_LABELS[bucket], sums)

    def _commissions(self, entity: BusinessEntity) -> Iterator[ReportLine]:
        now, before = (by_key(self._of("commissions", entity, period)) for period in (self.period, self.before))
        for status in CommissionStatus:
            sums, earlier = now.get(status.value, []), before.get(status.value, [])
            if sums or earlier:
                yield self._line(COMMISSIONS, entity, status.value, status.label, sums, previous=amount(earlier))

    def _partners(self, entity: BusinessEntity) -> Iterator[ReportLine]:
        now, before = (by_key(self._of("partner_commissions", entity, period)) for period in (self.period, self.before))
        for key in sorted({*now, *before}, key=lambda key: (-amount(now.get(key, [])), key)):
            partner = self._beneficiaries[UUID(key)]
            sums, earlier = now.get(key, []), before.get(key, [])
            yield self._line(PARTNERS, entity, partner.slug or key, partner.name, sums, previous=amount(earlier))

    def _vat(self, entity: BusinessEntity) -> Iterator[ReportLine]:
        """By category and rate, as on the invoices and credit notes with a date in the period."""
        taxes, bases = (by_key(self._of(measure, entity, self.period)) for measure in ("vat", "vat_base"))
        before = by_key(self._of("vat", entity, self.before))
        for key in sorted({*taxes, *bases, *before}):
            category, _slash, rate = key.partition("/")
            label = _("%(category)s, %(rate)s%%") % {
                "category": VatCategory(category).label,
                "rate": f"{100 * Decimal(rate):f}".rstrip("0").rstrip("."),
            }
            base, earlier = amount(bases.get(key, [])), amount(before.get(key, []))
            sums = taxes.get(key, [])
            number = count(bases.get(key, []))
            yield ReportLine(
                section=VAT, entity=entity, item=key, label=label, count=number, amount=amount(sums), previous=earlier, base=base
            )

    def _line(
        self, section: str, entity: BusinessEntity, item: str, label: Text, sums: list[Sum], *, previous: Decimal | None = None
    ) -> ReportLine:
        return ReportLine(
            section=section,
            entity=entity,
            item=item,
            label=label,
            count=count(sums),
            amount=amount(sums),
            previous=previous,
        )

    def _of(self, measure: str, entity: BusinessEntity, period: Period) -> list[Sum]:
        answer = self._answers[Ask(measure, period.first, period.last)]
        return [each for each in answer if each.entity == entity.pk]

    def _bucket(self, name: str) -> Ask:
        """The days of payment of a bucket; the first bucket, of what is not due, is the one without an end."""
        fewest, most = BUCKETS[name]
        last = self.today - timedelta(days=fewest) if fewest is not None else self.today + FAR_OFF
        first = self.today - timedelta(days=most) if most is not None else LONG_AGO
        return Ask("open", first, last)

    @cached_property
    def _answers(self) -> dict[Ask, list[Sum]]:
        measures = ("booked", "commissions", "partner_commissions", "vat", "vat_base")
        asks = [Ask(name, each.first, each.last) for name in measures for each in (self.period, self.before)]
        return read([*asks, *(self._bucket(name) for name in BUCKETS)], self.scope.entities)

    @cached_property
    def _accounts(self) -> dict[UUID, list[LedgerAccount]]:
        found: dict[UUID, list[LedgerAccount]] = defaultdict(list)
        rows = LedgerAccount.objects.filter(
            business_entity__in=self.scope.entities, kind__in=[AccountKind.REVENUE, AccountKind.EXPENSE]
        )
        for account in rows.order_by("-kind", "code"):
            found[account.business_entity_id].append(account)
        return found

    @cached_property
    def _beneficiaries(self) -> dict[UUID, Organization]:
        spans = (Ask("partner_commissions", each.first, each.last) for each in (self.period, self.before))
        return Organization.objects.in_bulk({UUID(each.key) for ask in spans for each in self._answers[ask]})
