"""Run in the system under measurement: invoices singly and by the run, ledger postings and papers, each beside the same rows
written by SQL alone, in turns.

Says lines to read and goals, as JSON: python -m tests.benchmarks.invoicing.inside invoices|ledger|pdf ROUNDS RUN SINGLY
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from statistics import median
from typing import Any
from uuid import UUID

import django
import psycopg

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.db.models import Exists, F, OuterRef  # noqa: E402 - Django is set up now

from apps.core import clock  # noqa: E402
from apps.core.keys import new_key  # noqa: E402
from apps.core.records import RecordRef  # noqa: E402
from apps.finance import services  # noqa: E402
from apps.finance.choices import AccountRole, EntryKind  # noqa: E402
from apps.finance.documents.filling import document_of  # noqa: E402
from apps.finance.documents.pdf import pdf as pdf_of  # noqa: E402
from apps.finance.documents.requirements import profile_for  # noqa: E402
from apps.finance.documents.ubl import ubl  # noqa: E402
from apps.finance.models import Invoice, LedgerAccount  # noqa: E402
from apps.finance.services.automatic import BLOCK, invoice_block  # noqa: E402
from apps.orders.models import Order  # noqa: E402
from apps.organizations.models import BusinessEntity  # noqa: E402
from tests.benchmarks.invoicing.copies import Copies  # noqa: E402

PAPERS = 40
POSTINGS = 400
POSTED = {AccountRole.DEBTORS: "121.00", AccountRole.REVENUE: "-100.00", AccountRole.VAT_STANDARD: "-21.00"}


@dataclass
class Turns:
    """What one contender did per second, turn by turn."""

    name: str
    rates: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(self.rates)

    def timed(self, count: int, work: Callable[[], Any]) -> None:
        began = time.perf_counter()
        work()
        self.rates.append(count / (time.perf_counter() - began))

    def line(self) -> str:
        return f"  {self.name:<22}{self.rate:>8.1f}/s  ({f'{min(self.rates):.0f}-{max(self.rates):.0f}':>11})"


@dataclass
class Told:
    """What is said at the end: lines, and goals as (act, what, value, bound, whether at most)."""

    lines: list[str] = field(default_factory=list)
    goals: list[tuple[str, str, float, float, bool]] = field(default_factory=list)

    def beside(self, act: str, ours: Turns, bare: Turns, bound: float) -> None:
        self.lines += [ours.line(), bare.line()]
        ratios = [mine / its for mine, its in zip(ours.rates, bare.rates, strict=True)]
        self.lines.append(f"    of SQL {min(ratios):.2f}-{max(ratios):.2f}")
        self.goals.append((act, "of SQL", ours.rate / bare.rate, bound, False))


def in_turns(rounds: int, ours: Callable[[], None], bare: Callable[[], None]) -> None:
    for turn in range(rounds):
        for contender in (ours, bare) if turn % 2 == 0 else (bare, ours):
            contender()


# Invoices


def supply() -> Iterator[UUID]:
    """Completed orders that have no invoice and need nobody's approval for one, each given out once."""
    made = Invoice.objects.filter(order=OuterRef("pk"))
    orders = Order.objects.kept().filter(~Exists(made), status="completed", is_test=False, billing_status="not_invoiced")
    cheap = orders.filter(total_excl_vat__gt=0, total_excl_vat__lt=F("business_entity__invoice_approval_threshold"))
    return iter(list(cheap.order_by("-created_at").values_list("pk", flat=True)))


def take(orders: Iterator[UUID], count: int) -> list[UUID]:
    taken = [key for _place, key in zip(range(count), orders, strict=False)]
    if len(taken) < count:
        raise SystemExit(f"There are {len(taken)} completed orders left, not {count}: ask for more with --orders")
    return taken


def issue_by_run(orders: Sequence[UUID]) -> None:
    """As the clock does it: found, read, and invoiced in blocks."""
    found = Order.objects.in_bulk(orders)
    made = sum(invoice_block([found[key] for key in orders[start : start + BLOCK]]) for start in range(0, len(orders), BLOCK))
    if made != len(orders):
        raise SystemExit(f"of {len(orders)} orders {made} were invoiced")


def issue_singly(orders: Sequence[Order]) -> None:
    for order in orders:
        services.invoice_generate(order=order, by=None)


def play(connection: psycopg.Connection, scripts: Sequence[Sequence[tuple[str, list[Any]]]]) -> None:
    for script in scripts:
        with connection.transaction():
            for statement, values in script:
                connection.execute(statement, values)


def audit_rows(connection: psycopg.Connection) -> int:
    [(last,)] = connection.execute("SELECT coalesce(max(id), 0) FROM audit_logs").fetchall()
    return int(last)


def invoices(told: Told, rounds: int, run: int, singly: int) -> None:
    orders, since = supply(), clock.now()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        before = audit_rows(connection)
        issue_by_run(pattern := take(orders, run))  # and so all is warm
        ours, bare = Turns("a run"), Turns("the same by SQL")
        alone, bare_alone = Turns("singly"), Turns("the same by SQL")
        logged = audit_rows(connection) - before

        def by_run() -> None:
            ours.timed(run, partial(issue_by_run, take(orders, run)))

        def by_statement() -> None:
            nonlocal logged
            copies = Copies(connection, pattern, take(orders, run), since=since)
            before = audit_rows(connection)
            bare.timed(run, copies.write_together)
            logged_by_bare = audit_rows(connection) - before
            if logged_by_bare != logged:
                raise SystemExit(f"SQL left {logged_by_bare} rows in the audit log, we {logged}")

        def one_by_one() -> None:
            found = Order.objects.in_bulk(take(orders, singly))
            alone.timed(singly, partial(issue_singly, list(found.values())))

        def script_by_script() -> None:
            scripts = Copies(connection, pattern[:singly], take(orders, singly), since=since).scripts()
            bare_alone.timed(singly, partial(play, connection, scripts))

        issue_singly(list(Order.objects.in_bulk(take(orders, 20)).values()))
        in_turns(rounds, by_run, by_statement)
        in_turns(rounds, one_by_one, script_by_script)
    told.beside(f"{run} invoices", ours, bare, 0.3)
    told.beside("an invoice", alone, bare_alone, 0.25)
    told.lines.append(f"  rows in the audit log, of us and of SQL: {logged / run:.1f} an invoice")


# Ledger


def post(count: int, company: BusinessEntity) -> list[services.Booking]:
    return [
        services.Booking(
            business_entity=company,
            kind=EntryKind.INVOICE,
            on=clock.today(),
            source=RecordRef(entity_type="invoice", entity_id=new_key()),
            description=f"Benchmark {place}",
            postings=[(role, Decimal(amount)) for role, amount in POSTED.items()],
        )
        for place in range(count)
    ]


def post_bare(connection: psycopg.Connection, company: BusinessEntity, accounts: dict[str, UUID], count: int) -> None:
    """Entries with their lines in one transaction, two statements."""
    entries, lines = [], []
    for place in range(count):
        entry = new_key()
        entries += [entry, company.pk, "invoice", clock.today(), clock.now(), f"Benchmark {place}", "invoice", new_key(), ""]
        for role, amount in POSTED.items():
            value = Decimal(amount)
            lines += [new_key(), entry, accounts[role], max(value, Decimal(0)), max(-value, Decimal(0))]
    with connection.transaction():
        connection.execute(
            "INSERT INTO journal_entry (id, business_entity_id, kind, entry_date, booked_at, description, source_type, source_id,"
            f" booked_by) VALUES {', '.join(['(%s, %s, %s, %s, %s, %s, %s, %s, %s)'] * count)}",
            entries,
        )
        connection.execute(
            "INSERT INTO journal_line (id, entry_id, account_id, debit, credit)"
            f" VALUES {', '.join(['(%s, %s, %s, %s, %s)'] * (count * len(POSTED)))}",
            lines,
        )


def ledger(told: Told, rounds: int, _run: int, _singly: int) -> None:
    company = BusinessEntity.objects.get_by_natural_key("chargecars")
    accounts = dict(LedgerAccount.objects.filter(business_entity=company).values_list("role", "pk"))
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        for size, count in ((1, POSTINGS), (BLOCK, POSTINGS * 10)):
            ours, bare = Turns(f"{size} a transaction"), Turns("the same by SQL")

            def of_ours(size: int = size, count: int = count) -> None:
                for _each in range(count // size):
                    services.post_entries(post(size, company))

            def of_bare(size: int = size, count: int = count) -> None:
                for _each in range(count // size):
                    post_bare(connection, company, accounts, size)

            of_ours(count=size * 10)
            of_bare(count=size * 10)
            in_turns(rounds, partial(ours.timed, count, of_ours), partial(bare.timed, count, of_bare))
            told.beside(f"postings by {size}", ours, bare, 0.4)


# Papers


def pdf(told: Told, _rounds: int, _run: int, _singly: int) -> None:
    numbered = Invoice.objects.exclude(invoice_number=None).exclude(parties={}).order_by("-created_at")
    if numbered.count() < PAPERS:
        issue_by_run(take(supply(), PAPERS))
    made = list(numbered[:PAPERS])
    spent = []
    for invoice in made:
        began = time.process_time()
        document = document_of(invoice)
        pdf_of(document, ubl(document, profile_for(document)))
        spent.append(1000 * (time.process_time() - began))
    first, *others = spent
    told.lines.append(f"  {median(others):.1f} ms of CPU ({min(others):.0f}-{max(others):.0f}); the first {first:.0f} ms")
    told.goals.append(("invoice as PDF", "ms of CPU", median(others), 60, True))


if __name__ == "__main__":
    act, *sizes = sys.argv[1:]
    said = Told()
    {"invoices": invoices, "ledger": ledger, "pdf": pdf}[act](said, *map(int, sizes))
    sys.stdout.write(json.dumps({"lines": said.lines, "goals": said.goals}))
