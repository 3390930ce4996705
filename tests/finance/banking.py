"""A bank in small: files with lines of our choosing, sent through the API and read by the worker."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.finance import services
from apps.finance.models import BankTransaction
from tests.factories.organizations import BankAccountFactory
from tests.finance.bank.camt_files import booking, document, payment, statement
from tests.finance.bank.reading import OUR_IBAN, SANNE


def our_account(entity):
    return BankAccountFactory(business_entity=entity, iban=OUR_IBAN)


def paying_from(entity):
    """The account of the bank's files is the one that the company pays from."""
    entity.bank_accounts.all().delete()
    account = our_account(entity)
    account.is_primary = True
    account.save()
    return entity


@dataclass
class Line:
    amount: str
    text: str = ""
    name: str = "Sanne Bakker"
    iban: str = SANNE
    reference: str = ""
    end_to_end: str = "NOTPROVIDED"
    bank_reference: str = ""
    extra: str = field(default="")


def camt(*lines: Line, opening: str = "100.00", closing: str | None = None, number: str = "231", iban: str = OUR_IBAN) -> bytes:
    """A CAMT.053 of one statement."""
    total = Decimal(opening) + sum((Decimal(line.amount) for line in lines), Decimal(0))
    bookings = [
        booking(
            line.amount,
            payment(
                line.text, iban=line.iban, name=line.name, end_to_end=line.end_to_end, strd=line.reference,
                role="Cdtr" if line.amount.startswith("-") else "Dbtr",
            ),
            extra=line.extra,
        )
        for line in lines
    ]  # fmt: skip
    return document(statement(*bookings, opening=opening, closing=closing or f"{total:.2f}", number=number, iban=iban)).encode()


def send(api, content: bytes, name: str = "afschrift.xml"):
    return api.client.post("/api/v1/bank-statements", {"file": SimpleUploadedFile(name, content)})


def imported(api, content: bytes, name: str = "afschrift.xml") -> dict:
    """Send a file, let the worker read it, and ask what came of it."""
    answer = send(api, content, name)
    assert answer.status_code == 202, answer.content
    services.import_waiting_files()
    return api.get(f"bank-statements/{answer.json()['id']}").json()


def kept(content: bytes) -> None:
    """The same, past the doors."""
    services.bank_file_receive(name="afschrift.xml", content=SimpleUploadedFile("afschrift.xml", content), by=None)
    services.import_waiting_files()


def the_line(**which) -> BankTransaction:
    return BankTransaction.objects.get(**which)
