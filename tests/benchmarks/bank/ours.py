"""Run in the system under measurement: `pattern` makes an invoice to copy and our account; any other word is a bank file to
keep, read, book and match. Says what there is, or how many seconds it took.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.core.files.base import File  # noqa: E402 - Django is set up now

from apps.core.actor import acting  # noqa: E402
from apps.finance import services  # noqa: E402
from apps.finance.models import BankFile, BankTransaction, Invoice  # noqa: E402
from apps.organizations.models import BankAccount, BusinessEntity  # noqa: E402
from tests.factories.orders import LineItemFactory, order_in  # noqa: E402
from tests.factories.organizations import AddressFactory, BankAccountFactory, invented_iban  # noqa: E402

IBAN = invented_iban("BENC0000000001")
PATTERN = "BANK-0"


def pattern() -> dict[str, Any]:
    entity = BusinessEntity.objects.get_by_natural_key("chargecars")
    account = BankAccount.objects.filter(iban=IBAN).first() or BankAccountFactory(business_entity=entity, iban=IBAN)
    invoice = Invoice.objects.filter(order__order_number=PATTERN).first() or _invoice(entity)
    return {"invoice": str(invoice.pk), "iban": IBAN, "account": str(account.pk), "entity": str(entity.pk)}


def _invoice(entity: BusinessEntity) -> Invoice:
    order = order_in("completed", business_entity=entity, installation_address=AddressFactory(), order_number=PATTERN)
    LineItemFactory(order=order, line_order=1)
    [invoice] = services.invoice_generate(order=order, by=None)
    return invoice


def matched(path: Path) -> dict[str, Any]:
    with acting(kind="task", label="bank file"):
        began = time.monotonic()
        with path.open("rb") as stream:
            kept = services.bank_file_receive(name=path.name, content=File(stream), by=None)
        services.import_waiting_files()
        read = time.monotonic()
        done = services.payment_reconcile(seconds=100_000)
        ended = time.monotonic()
    file = BankFile.objects.get(pk=kept.pk)
    lines = BankTransaction.objects.filter(bank_statement__bank_file=file)
    return {
        "seconds": ended - began,
        "reading": read - began,
        "state": f"{file.state} {file.error_detail}".strip(),
        "lines": file.line_count,
        "new": lines.count(),
        "matched": lines.filter(state="matched").count(),
        "said": done.matched,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(pattern() if sys.argv[1] == "pattern" else matched(Path(sys.argv[1]))))
