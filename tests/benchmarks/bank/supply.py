"""Invoices that are open, as many as a bank file is to pay: copies of one, made with the triggers off, and the file itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import psycopg
from stdnum.iso7064 import mod_97_10

from apps.core.keys import new_key

PREFIX, YEAR = "CC", 2049  # a year in which nothing else of the benchmark is invoiced
NO_INVOICE = 50  # each 50th line says nothing and stays open
PRICES = 7_919

COLUMNS = {
    "order": {"id": "made.order_id", "order_number": "made.order_number", "partner_reference": "''"},
    "line_item": {
        "id": "made.line_item_id",
        "order_id": "made.order_id",
        "unit_price_customer": "made.price",
        "total": "made.price",
    },
    "invoice": {
        "id": "made.invoice_id",
        "order_id": "made.order_id",
        "invoice_number": "made.invoice_number",
        "payment_reference": "made.reference",
        "subtotal_excl_tax": "made.price",
        "total_tax": "made.total - made.price",
        "total_amount": "made.total",
    },
    "invoice_line": {
        "id": "gen_random_uuid()",
        "invoice_id": "made.invoice_id",
        "line_item_id": "made.line_item_id",
        "unit_price": "made.price",
        "total": "made.price",
    },
    "invoice_tax": {
        "id": "gen_random_uuid()",
        "invoice_id": "made.invoice_id",
        "taxable": "made.price",
        "amount": "made.total - made.price",
    },
    "status_transitions": {"id": "gen_random_uuid()", "entity_id": "made.invoice_id"},
    "entity_current_status": {
        "id": "gen_random_uuid()",
        "entity_id": "made.invoice_id",
        "last_transition_id": "(SELECT id FROM status_transitions WHERE entity_type = 'invoice' AND entity_id = made.invoice_id"
        " ORDER BY sequence DESC LIMIT 1)",
    },
}
WHICH = {
    "order": "id = (SELECT order_id FROM invoice WHERE id = %(pattern)s)",
    "line_item": "order_id = (SELECT order_id FROM invoice WHERE id = %(pattern)s)",
    "invoice": "id = %(pattern)s",
    "invoice_line": "invoice_id = %(pattern)s",
    "invoice_tax": "invoice_id = %(pattern)s",
    "status_transitions": "entity_type = 'invoice' AND entity_id = %(pattern)s",
    "entity_current_status": "entity_type = 'invoice' AND entity_id = %(pattern)s",
}
LAY_OUT = """
    CREATE TEMP TABLE made (order_id uuid, line_item_id uuid, invoice_id uuid, order_number text, invoice_number text,
        reference text, price numeric(12,2), total numeric(12,2)) ON COMMIT DROP
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An invoice that is open for its total."""

    number: str
    reference: str
    total: Decimal


def open_invoices(superuser: psycopg.Connection, pattern: UUID, count: int) -> list[Open]:
    """So many new ones, each of an order of its own."""
    with superuser.transaction():
        superuser.execute("SET LOCAL session_replication_role = replica")  # no triggers: they are what is measured later
        superuser.execute(LAY_OUT)
        [(before,)] = superuser.execute(
            "SELECT count(*) FROM invoice WHERE invoice_number LIKE %s", [f"INV-{PREFIX}-{YEAR}-%"]
        ).fetchall()
        found = []
        with superuser.cursor() as cursor, cursor.copy("COPY made FROM STDIN") as copy:
            for place in range(before + 1, before + count + 1):
                one = _open(place)
                price = (one.total / Decimal("1.21")).quantize(Decimal("0.01"))
                keys = [new_key() for _each in range(3)]
                copy.write_row((*keys, f"BANK-{place}", one.number, one.reference, price, one.total))
                found.append(one)
        for table, own in COLUMNS.items():
            _copy(superuser, table, own, pattern)
    superuser.execute('ANALYZE invoice, invoice_line, line_item, "order", status_transitions, entity_current_status')
    return found


def _open(place: int) -> Open:
    number = f"INV-{PREFIX}-{YEAR}-{place:08d}"
    plain = number.replace("-", "")
    total = Decimal(100) + Decimal(place % PRICES) / 10
    return Open(
        number=number, reference=f"RF{mod_97_10.calc_check_digits(plain + 'RF')}{plain}", total=total.quantize(Decimal("0.01"))
    )


def _copy(superuser: psycopg.Connection, table: str, own: dict[str, str], pattern: UUID) -> None:
    columns = [
        name
        for (name,) in superuser.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s", [table]
        )
    ]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(own.get(name, f'pattern."{name}"') for name in columns)
    superuser.execute(
        f'INSERT INTO "{table}" ({names}) SELECT {values} FROM made, "{table}" AS pattern WHERE pattern.{WHICH[table]}',
        {"pattern": pattern},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A line of the bank: half of them by the payment reference, half by our number, and some that say nothing."""

    amount: Decimal
    text: str
    reference: str
    name: str
    iban: str


def lines_for(invoices: list[Open]) -> Iterator[Paid]:
    for place, invoice in enumerate(invoices):
        says = place % NO_INVOICE != 0
        account = f"ABNA{invoice.number[-8:]:0>10}"  # of its own: else it becomes known whose it is
        yield Paid(
            amount=invoice.total,
            text=f"Factuur {invoice.number} bedankt" if says and place % 2 else "",
            reference=invoice.reference if says and not place % 2 else "",
            name=f"Klant {place}",
            iban=f"NL{mod_97_10.calc_check_digits(f'{account}NL')}{account}",
        )


def write_file(path: Path, iban: str, invoices: list[Open], day: date, number: str) -> None:
    """A CAMT.053 of one statement."""
    total = sum((invoice.total for invoice in invoices), Decimal(0))
    with path.open("w") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
            f"<BkToCstmrStmt><GrpHdr><MsgId>{number}</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr><Stmt><Id>{number}</Id>"
            f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{_balance('OPBD', Decimal(0), day)}{_balance('CLBD', total, day)}\n"
        )
        file.writelines(_entry(place, line, day) for place, line in enumerate(lines_for(invoices)))
        file.write("</Stmt></BkToCstmrStmt></Document>\n")


def _balance(code: str, amount: Decimal, day: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(place: int, line: Paid, day: date) -> str:
    marked = f"<Strd><CdtrRefInf><Ref>{line.reference}</Ref></CdtrRefInf></Strd>" if line.reference else ""
    said = f"<Ustrd>{line.text}</Ustrd>" if line.text else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{line.amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
        f"<ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>B-{place}</AcctSvcrRef><BkTxCd><Prtry><Cd>193</Cd></Prtry></BkTxCd><NtryDtls>"
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs><RltdPties><Dbtr><Nm>{line.name}</Nm></Dbtr><DbtrAcct><Id>"
        f"<IBAN>{line.iban}</IBAN></Id></DbtrAcct></RltdPties><RmtInf>{said}{marked}</RmtInf></TxDtls></NtryDtls></Ntry>\n"
    )
