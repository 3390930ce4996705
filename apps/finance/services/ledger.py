"""Bookings: by role, so that each company's chart says which account is meant."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.actor import current
from apps.core.bulk import insert_many
from apps.core.errors import Conflict, Refused
from apps.core.money import ZERO
from apps.core.prepared import Prepared, any_of
from apps.core.records import RecordRef
from apps.core.transactions import in_transaction
from apps.finance.choices import AccountRole, EntryKind
from apps.finance.models import JournalEntry, JournalLine, LedgerAccount, PeriodLock
from apps.organizations.models import BusinessEntity

Posting = tuple[AccountRole, Decimal]


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What is to be booked: what happened on a day, to which record, and the postings. See `post_entry`."""

    business_entity: BusinessEntity
    kind: EntryKind
    on: date
    source: RecordRef
    description: str
    postings: Iterable[Posting]
    reverses: JournalEntry | None = None


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
    booking = Booking(
        business_entity=business_entity,
        kind=kind,
        on=on,
        source=source,
        description=description,
        postings=postings,
        reverses=reverses,
    )
    [entry] = post_entries([booking])
    return entry


@in_transaction
def post_entries(bookings: Iterable[Booking]) -> list[JournalEntry | None]:
    """Book many at once, each as `post_entry` does it, in two statements and a few that read.

    It is all or nothing: the first that is refused refuses the whole.

    Raises:
        Refused, ValueError: see `post_entry`.
    """
    at, by = clock.now(), current().label[:200]
    sums = [(booking, _balanced(booking)) for booking in bookings]
    accounts = _accounts_for([(booking, amounts) for booking, amounts in sums if amounts])
    entries = [_entry(booking, at, by) if amounts else None for booking, amounts in sums]
    insert_many([entry for entry in entries if entry is not None])
    insert_many(
        [
            _line(entry, accounts[booking.business_entity.pk][role], amount)
            for entry, (booking, amounts) in zip(entries, sums, strict=True)
            if entry is not None
            for role, amount in amounts.items()
        ]
    )
    return entries


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


def _balanced(booking: Booking) -> dict[AccountRole, Decimal]:
    amounts: dict[AccountRole, Decimal] = {}
    for role, amount in booking.postings:
        amounts[role] = amounts.get(role, ZERO) + amount
    if off := sum(amounts.values(), ZERO):
        raise ValueError(f"{booking.description}: the postings differ by {off}")
    return {role: amount for role, amount in amounts.items() if amount != ZERO}


def _accounts_for(
    sums: Sequence[tuple[Booking, dict[AccountRole, Decimal]]],
) -> dict[UUID, dict[AccountRole, LedgerAccount]]:
    """By company: the accounts of all that is booked in its books."""
    roles: dict[BusinessEntity, dict[AccountRole, None]] = defaultdict(dict)
    earliest: dict[BusinessEntity, date] = {}
    for booking, amounts in sums:
        entity = booking.business_entity
        roles[entity].update(dict.fromkeys(amounts))
        earliest[entity] = min(booking.on, earliest.get(entity, booking.on))
    return {entity.pk: accounts_open_on(entity, earliest[entity], wanted) for entity, wanted in roles.items()}


def _entry(booking: Booking, at: datetime, by: str) -> JournalEntry:
    return JournalEntry(
        business_entity=booking.business_entity,
        kind=booking.kind,
        entry_date=booking.on,
        booked_at=at,
        description=booking.description[:300],
        source_type=booking.source.entity_type,
        source_id=booking.source.entity_id,
        reverses=booking.reverses,
        booked_by=by,
    )


def _line(entry: JournalEntry, account: LedgerAccount, amount: Decimal) -> JournalLine:
    return JournalLine(entry=entry, account=account, debit=max(amount, ZERO), credit=max(-amount, ZERO))


def _refuse_closed(business_entity: BusinessEntity, on: date) -> None:
    # The database refuses it too; here it is said in words.
    lock = _LOCK.first(business_entity.pk)
    if lock is not None and lock.locked_until >= on:
        raise Refused(
            _("The books of %(entity)s are closed up to %(day)s.")
            % {"entity": business_entity, "day": lock.locked_until.isoformat()},
            code="period_closed",
        )


def _accounts(business_entity: BusinessEntity, roles: Iterable[AccountRole]) -> dict[AccountRole, LedgerAccount]:
    wanted = list(roles)
    found = {AccountRole(account.role): account for account in _ACCOUNTS.rows(business_entity.pk, [str(role) for role in wanted])}
    missing = [AccountRole(role).label for role in wanted if role not in found]
    if missing:
        raise Refused(
            _("%(entity)s has no ledger account for: %(roles)s.")
            % {"entity": business_entity, "roles": ", ".join(str(each) for each in missing)},
            code="account_missing",
        )
    return found


_LOCK = Prepared(lambda company: PeriodLock.objects.filter(business_entity=company).order_by(), samples=[UUID(int=1)])
_ACCOUNTS = Prepared(
    lambda company, roles: LedgerAccount.objects.filter(business_entity=company, role__in=any_of(roles)).order_by(),
    samples=[UUID(int=1), ["-role-"]],
)
