"""Writes the books of a company as a file that other programs read."""

from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.api.values import parse_day
from apps.finance.choices import EntryKind
from apps.finance.documents.beancount import Account, Entry, beancount
from apps.finance.models import JournalEntry, LedgerAccount
from apps.finance.queries import trial_balance
from apps.organizations.models import BusinessEntity

AT_ONCE = 1_000


class Command(BaseCommand):
    help = "Exports a company's chart, bookings and balances up to a day; `bean-check FILE` proves that they agree."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("business_entity", help="code of the company, such as chargecars")
        parser.add_argument("--format", choices=["beancount"], default="beancount")
        parser.add_argument("--until", help="last day (YYYY-MM-DD); today where none is given")
        parser.add_argument("--output", type=Path, help="file to write; without it the export is printed")

    def handle(self, *args: Any, business_entity: str, until: str | None, output: Path | None, **options: Any) -> None:
        entity = BusinessEntity.objects.filter(entity_code=business_entity).first()
        if entity is None:
            raise CommandError(f"There is no company {business_entity}.")
        last = clock.today() if until is None else parse_day(until)
        if last is None:
            raise CommandError(f"{until} is no day; write it as YYYY-MM-DD.")
        lines = beancount(entity.legal_name, _accounts(entity), _entries(entity, last), _balances(entity, last), until=last)
        if output is None:
            self.stdout.writelines(f"{line}\n" for line in lines)
            return
        with output.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.stdout.write(str(output))


def _account(account: LedgerAccount) -> Account:
    return Account(code=account.code, name=account.name, kind=account.kind)


def _accounts(entity: BusinessEntity) -> Iterator[Account]:
    return (_account(each) for each in LedgerAccount.objects.filter(business_entity=entity).order_by("code"))


def _entries(entity: BusinessEntity, until: date) -> Iterator[Entry]:
    entries = JournalEntry.objects.filter(business_entity=entity, entry_date__lte=until).order_by("entry_date", "booked_at", "pk")
    for entry in entries.prefetch_related("lines__account").iterator(chunk_size=AT_ONCE):
        yield Entry(
            on=entry.entry_date,
            kind=EntryKind(entry.kind).value,
            description=entry.description,
            lines=tuple((_account(line.account), line.debit - line.credit) for line in entry.lines.all()),
        )


def _balances(entity: BusinessEntity, until: date) -> Iterator[tuple[Account, Any]]:
    return ((_account(each.account), each.balance) for each in trial_balance(entity, until=until))
