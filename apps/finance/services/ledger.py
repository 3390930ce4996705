"""Bookings: by role, so that each company's chart says which account is meant."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.actor import current
from apps.core.errors import Conflict, Refused
from apps.core.money import ZERO
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction
from apps.finance.choices import AccountRole, EntryKind
from apps.finance.models import JournalEntry, JournalLine, LedgerAccount, PeriodLock
from apps.organizations.models import BusinessEntity

Posting = tuple[AccountRole, Decimal]


@in_transaction
def post_entry(
    *,
    business_entity: BusinessEntity,
    kind: EntryKind,
    on: date,
    source: RecordRef,
    description: str,
    postings: Iterable[Posting],
    reverses: JournalEntry | None = None,
) -> JournalEntry | None:
    """Book what happened on a day. A posting is (role, amount in EUR): above zero is debit, below it credit.

    Postings on one account are added up. Where nothing is left there is nothing to book, and no entry.

    Raises:
        Refused: period_closed; account_missing.
        ValueError: the postings do not add up to zero, which is a mistake of the caller.
    """
    amounts = _added_up(postings)
    if sum(amounts.values(), ZERO) != ZERO:
        raise ValueError(f"{description}: the postings differ by {sum(amounts.values())}")
    if not amounts:
        return None
    _refuse_closed(business_entity, on)
    accounts = _accounts(business_entity, amounts)
    entry = JournalEntry.objects.create(
        business_entity=business_entity,
        kind=kind,
        entry_date=on,
        booked_at=clock.now(),
        description=description[:300],
        source_type=source.entity_type,
        source_id=source.entity_id,
        reverses=reverses,
        booked_by=current().label[:200],
    )
    _store_lines(entry, amounts, accounts)
    return entry


@transaction.atomic
def reverse_entry(*, entry: JournalEntry, on: date, reason: str) -> JournalEntry:
    """Undo a booking by its opposite; both stay.

    Raises:
        Conflict: already_reversed.
        Refused: period_closed.
    """
    locked = JournalEntry.objects.select_related("business_entity").get(pk=entry.pk)
    if JournalEntry.objects.filter(reverses=locked).exists():
        raise Conflict(_("This booking has been reversed."), code="already_reversed")
    opposite = [(AccountRole(line.account.role), line.credit - line.debit) for line in locked.lines.select_related("account")]
    made = post_entry(
        business_entity=locked.business_entity,
        kind=EntryKind.REVERSAL,
        on=on,
        source=RecordRef(entity_type=locked.source_type, entity_id=locked.source_id),
        description=f"{reason}: {locked.description}",
        postings=opposite,
        reverses=locked,
    )
    assert made is not None  # noqa: S101 - an entry has lines, and so has its opposite
    return made


def accounts_open_on(business_entity: BusinessEntity, on: date, roles: Iterable[AccountRole]) -> dict[AccountRole, LedgerAccount]:
    """The accounts behind these roles, for bookings on this day and later.

    Raises:
        Refused: period_closed; account_missing.
    """
    _refuse_closed(business_entity, on)
    return _accounts(business_entity, roles)


@transaction.atomic
def close_period(*, business_entity: BusinessEntity, until: date) -> PeriodLock:
    """Close a company's books up to and including a day; a later day than before, never an earlier one.

    Raises:
        Conflict: period_closed_further.
    """
    lock, made = PeriodLock.objects.select_for_update().get_or_create(
        business_entity=business_entity, defaults={"locked_until": until}
    )
    if not made and lock.locked_until > until:
        raise Conflict(_("The books are closed further than that already."), code="period_closed_further")
    lock.locked_until = until
    lock.save(update_fields=["locked_until"])
    return lock


def _added_up(postings: Iterable[Posting]) -> dict[AccountRole, Decimal]:
    amounts: dict[AccountRole, Decimal] = {}
    for role, amount in postings:
        amounts[role] = amounts.get(role, ZERO) + amount
    return {role: amount for role, amount in amounts.items() if amount != ZERO}


def _store_lines(entry: JournalEntry, amounts: dict[AccountRole, Decimal], accounts: dict[AccountRole, LedgerAccount]) -> None:
    JournalLine.objects.bulk_create(
        JournalLine(entry=entry, account=accounts[role], debit=max(amount, ZERO), credit=max(-amount, ZERO))
        for role, amount in amounts.items()
    )


def _refuse_closed(business_entity: BusinessEntity, on: date) -> None:
    # The database refuses it too; here it is said in words.
    lock = PeriodLock.objects.filter(business_entity=business_entity, locked_until__gte=on).first()
    if lock is not None:
        raise Refused(
            _("The books of %(entity)s are closed up to %(day)s.")
            % {"entity": business_entity, "day": lock.locked_until.isoformat()},
            code="period_closed",
        )


def _accounts(business_entity: BusinessEntity, roles: Iterable[AccountRole]) -> dict[AccountRole, LedgerAccount]:
    wanted = list(roles)
    found = {
        AccountRole(account.role): account
        for account in LedgerAccount.objects.filter(business_entity=business_entity, role__in=wanted)
    }
    missing = [AccountRole(role).label for role in wanted if role not in found]
    if missing:
        raise Refused(
            _("%(entity)s has no ledger account for: %(roles)s.")
            % {"entity": business_entity, "roles": ", ".join(str(each) for each in missing)},
            code="account_missing",
        )
    return found
