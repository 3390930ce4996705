"""Xero: its accounting API and its tokens. Knows no model.

Each writing call carries an Idempotency-Key, by which Xero answers a repeat as it answered the first. What may be older
than Xero remembers is looked for by its number first.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django.conf import settings

from apps.core import clock
from apps.core.oauth import Granted, client_basic
from apps.core.outbound import OutboundAnswer
from apps.finance.clients.accounting import Customer, Entry, Manners, Unwell, Wire, as_object, ask_tokens

SCOPES = "openid profile email offline_access accounting.transactions accounting.contacts accounting.settings"
A_MINUTE = timedelta(minutes=1)
A_DAY = timedelta(days=1)
SALE, CREDIT_NOTE = "ACCREC", "ACCRECCREDIT"


def explain(answer: OutboundAnswer) -> str:
    """Why they refuse, in their words: of the document where they say so, else of the call."""
    given = as_object(answer.body)
    elements = given.get("Elements") or []
    said = [
        str(each.get("Message", ""))
        for element in elements
        if isinstance(element, dict)
        for each in element.get("ValidationErrors") or []
        if isinstance(each, dict)
    ]
    return "; ".join(filter(None, said)) or str(given.get("Message") or given.get("Detail") or "")


def rests_until(headers: Mapping[str, str]) -> datetime | None:
    """When we may call again, where the calls of the minute or the day are used up; they do not say when these end."""
    if headers.get("x-daylimit-remaining") == "0":
        return clock.now() + A_DAY
    if "0" in (headers.get("x-minlimit-remaining"), headers.get("x-appminlimit-remaining")):
        return clock.now() + A_MINUTE
    return None


class Xero:
    """What we ask of one tenant."""

    manners: ClassVar[Manners] = Manners(explain=explain, rests_until=rests_until)
    uses_pkce: ClassVar[bool] = True

    def __init__(self, wire: Wire, *, administration: str) -> None:
        self._wire = wire
        wire.headers = {"xero-tenant-id": administration} if administration else {}

    # Letting us in

    @staticmethod
    def authorize_url(*, client_id: str, redirect_uri: str, state: str, challenge: str) -> str:
        asked = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPES,
            "state": state,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{settings.XERO_LOGIN_URL}/identity/connect/authorize?{urlencode(asked)}"

    @staticmethod
    def exchange(*, client_id: str, client_secret: str, redirect_uri: str, code: str, verifier: str) -> Granted:
        return _tokens(
            client_id,
            client_secret,
            grant_type="authorization_code",
            redirect_uri=redirect_uri,
            code=code,
            code_verifier=verifier,
        )

    @staticmethod
    def renew(*, client_id: str, client_secret: str, refresh_token: str) -> Granted:
        return _tokens(client_id, client_secret, grant_type="refresh_token", refresh_token=refresh_token)

    def administrations(self) -> dict[str, str]:
        """The tenants that were opened to us, with their names."""
        given = self._wire.call("GET", f"{settings.XERO_API_URL}/connections")
        tenants = [each for each in given if isinstance(each, dict) and "tenantId" in each] if isinstance(given, list) else []
        return {str(each["tenantId"]): str(each.get("tenantName", "")) for each in tenants}

    # Booking

    def find_entry(self, entry: Entry) -> str | None:
        """The key of an invoice or credit note that is there already."""
        path, _number, key = _kind(entry)
        found = self._found(path, quote(entry.number, safe=""))
        return str(found[key]) if found.get(key) else None

    def add_entry(self, entry: Entry, *, customer: Customer, key: str) -> str:
        path, number, own_key = _kind(entry)
        payload = {
            "Type": CREDIT_NOTE if entry.is_credit_note else SALE,
            "Contact": {"Name": f"{customer.name[:230]} ({customer.number})"},
            "Date": entry.issued_on.isoformat(),
            number: entry.number,
            "Reference": entry.reference,
            "CurrencyCode": "EUR",
            "Status": "AUTHORISED",
            "LineAmountTypes": "Exclusive",
            "LineItems": [
                {
                    "Description": line.description,
                    "Quantity": 1,
                    "UnitAmount": line.amount,
                    "LineAmount": line.amount,
                    "AccountCode": line.account,
                    "TaxType": line.vat_code,
                    "TaxAmount": line.vat,
                }
                for line in entry.lines
            ],
        }
        if not entry.is_credit_note:
            payload["DueDate"] = entry.due_on.isoformat()
        return self._made(path, {path: [payload]}, own_key, key=key)

    def is_allocated(self, credit_note_id: str, *, invoice_id: str) -> bool:
        """Has a credit note taken from an invoice already?"""
        return invoice_id in {
            each.get("Invoice", {}).get("InvoiceID") for each in self._rows("CreditNotes", credit_note_id, "Allocations")
        }

    def payments_of(self, invoice_id: str) -> dict[str, str]:
        """The payments that stand with an invoice: their keys, and our references of them."""
        return {str(each["PaymentID"]): str(each.get("Reference", "")) for each in self._rows("Invoices", invoice_id, "Payments")}

    def allocate(self, credit_note_id: str, *, invoice_id: str, amount: Decimal, on: date, key: str) -> None:
        """Have a credit note take from the invoice that it credits."""
        asked = {"Allocations": [{"Invoice": {"InvoiceID": invoice_id}, "Amount": amount, "Date": on.isoformat()}]}
        self._write("PUT", f"CreditNotes/{credit_note_id}/Allocations", asked, key=key)

    def add_payment(self, *, invoice_id: str, account: str, amount: Decimal, on: date, reference: str, key: str) -> str:
        payment = {
            "Invoice": {"InvoiceID": invoice_id},
            "Account": {"Code": account},
            "Date": on.isoformat(),
            "Amount": amount,
            "Reference": reference,
        }
        return self._made("Payments", {"Payments": [payment]}, "PaymentID", key=key)

    def remove_payment(self, payment_id: str, *, key: str) -> None:
        self._write("POST", f"Payments/{payment_id}", {"Payments": [{"PaymentID": payment_id, "Status": "DELETED"}]}, key=key)

    def _made(self, path: str, payload: dict[str, Any], own_key: str, *, key: str) -> str:
        answer = self._write("PUT", path, payload, key=key)
        try:
            return str(answer[path][0][own_key])
        except (KeyError, IndexError, TypeError) as error:
            raise Unwell("bad_answer", "nothing came back of what was made") from error

    def _rows(self, path: str, which: str, of: str) -> list[dict[str, Any]]:
        return [row for row in self._found(path, which).get(of) or [] if isinstance(row, dict)]

    def _found(self, path: str, which: str) -> dict[str, Any]:
        """A record by its key or number; empty where there is none.

        Raises:
            Unwell: bad_answer. Whether it is there decides whether it is made: nobody guesses.
        """
        answer = self._wire.find(self._address(f"{path}/{which}"))
        if answer is None:
            return {}
        records = answer.get(path) if isinstance(answer, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise Unwell("bad_answer", "no records came back")
        return records[0] if records else {}

    def _write(self, method: str, path: str, payload: dict[str, Any], *, key: str) -> Any:
        return self._wire.call(method, self._address(path), payload, headers={"Idempotency-Key": key})

    def _address(self, path: str) -> str:
        return f"{settings.XERO_API_URL}/api.xro/2.0/{path}"


def _kind(entry: Entry) -> tuple[str, str, str]:
    """The path, and what number and key are called there."""
    if entry.is_credit_note:
        return "CreditNotes", "CreditNoteNumber", "CreditNoteID"
    return "Invoices", "InvoiceNumber", "InvoiceID"


def _tokens(client_id: str, client_secret: str, **form: str) -> Granted:
    return ask_tokens(
        f"{settings.XERO_IDENTITY_URL}/connect/token", form, headers={"Authorization": client_basic(client_id, client_secret)}
    )
