"""Exact Online: its REST API (OData 2) and its tokens. Knows no model.

Exact knows no key of a repeat: what is to be booked once is looked for first, by journal and entry number. It blocks who
errs more than ten times an hour, and refuses a read that does not say which columns it wants.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar
from urllib.parse import quote, urlencode

from django.conf import settings

from apps.core.oauth import Granted
from apps.core.outbound import OutboundAnswer
from apps.finance.clients.accounting import Customer, Entry, Manners, Refusal, Unwell, Wire, as_object, ask_tokens

CODE_WIDTH = 18  # a code is padded with leading blanks
SALE, CREDIT_NOTE = 20, 21
MINUTE, DAY = "x-ratelimit-minutely", "x-ratelimit"


def explain(answer: OutboundAnswer) -> str:
    """Why they refuse, in their words."""
    message = as_object(answer.body).get("error", {})
    words = message.get("message", {}) if isinstance(message, dict) else {}
    said = words.get("value", "") if isinstance(words, dict) else words
    return str(said or answer.headers.get("reason", ""))


def rests_until(headers: Mapping[str, str]) -> datetime | None:
    """When the minute or the day ends whose calls are used up; None while some are left."""
    ends = [headers.get(f"{limit}-reset", "") for limit in (MINUTE, DAY) if headers.get(f"{limit}-remaining") == "0"]
    moments = [datetime.fromtimestamp(int(end) / 1000, tz=UTC) for end in ends if re.fullmatch(r"[0-9]{10,15}", end)]
    return max(moments, default=None)


class Exact:
    """What we ask of one division."""

    manners: ClassVar[Manners] = Manners(explain=explain, rests_until=rests_until)
    uses_pkce: ClassVar[bool] = False

    def __init__(self, wire: Wire, *, administration: str) -> None:
        self._wire, self._division = wire, administration

    # Letting us in

    @staticmethod
    def authorize_url(*, client_id: str, redirect_uri: str, state: str, challenge: str) -> str:  # noqa: ARG004  # Exact knows no PKCE
        asked = {
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "force_login": "0",
            "state": state,
        }
        return f"{settings.EXACT_URL}/api/oauth2/auth?{urlencode(asked)}"

    @staticmethod
    def exchange(*, client_id: str, client_secret: str, redirect_uri: str, code: str, verifier: str) -> Granted:  # noqa: ARG004  # Exact knows no PKCE
        return _tokens(client_id, client_secret, grant_type="authorization_code", redirect_uri=redirect_uri, code=code)

    @staticmethod
    def renew(*, client_id: str, client_secret: str, refresh_token: str) -> Granted:
        """A new pair for the renewal token, which is good for one time."""
        return _tokens(client_id, client_secret, grant_type="refresh_token", refresh_token=refresh_token)

    def administrations(self) -> dict[str, str]:
        """The division that is open there, with its name."""
        rows = self._rows("current/Me", division=False, select="CurrentDivision,FullName")
        return {str(row["CurrentDivision"]): str(row["FullName"]) for row in rows}

    # Booking

    def account_id(self, code: str) -> str | None:
        """The key of a ledger account."""
        rows = self._rows("financial/GLAccounts", where=f"Code eq {_text(code)}", select="ID")
        return str(rows[0]["ID"]) if rows else None

    def find_customer(self, number: int) -> tuple[str, str] | None:
        """The key and the name of the customer with this number."""
        rows = self._rows("crm/Accounts", where=f"Code eq {_text(padded(number))}", select="ID,Name")
        return (str(rows[0]["ID"]), str(rows[0]["Name"])) if rows else None

    def add_customer(self, customer: Customer) -> str:
        return self._made(
            "crm/Accounts",
            {
                "Code": padded(customer.number),
                "Name": customer.name[:50],
                "Status": "C",
                "IsSales": True,
                **({"ChamberOfCommerce": customer.kvk_number} if customer.kvk_number else {}),
                **({"VATNumber": customer.vat_number} if customer.vat_number else {}),
                **({"Email": customer.email} if customer.email else {}),
            },
            key="ID",
        )

    def find_entry(self, entry: Entry) -> str | None:
        """The key of an entry that is there already.

        Raises:
            Refusal: number_taken, when another document has its number in this journal.
        """
        where = f"EntryNumber eq {entry_number(entry)} and Journal eq {_text(entry.journal)}"
        rows = self._rows("salesentry/SalesEntries", where=where, select="EntryID,YourRef")
        if not rows:
            return None
        if rows[0].get("YourRef") != entry.number:
            raise Refusal("number_taken", f"{entry.journal} {entry_number(entry)}: {rows[0].get('YourRef')}")
        return str(rows[0]["EntryID"])

    def add_entry(self, entry: Entry, *, customer_id: str) -> str:
        sign = -1 if entry.is_credit_note else 1
        payload: dict[str, Any] = {
            "Journal": entry.journal,
            "EntryNumber": entry_number(entry),
            "Type": CREDIT_NOTE if entry.is_credit_note else SALE,
            "Customer": customer_id,
            "EntryDate": _day(entry.issued_on),
            "DueDate": _day(entry.due_on),
            "YourRef": entry.number,
            "Description": entry.description[:60],
            "SalesEntryLines": [
                {
                    "GLAccount": line.account,
                    "AmountFC": sign * line.amount,
                    "VATCode": line.vat_code,
                    "VATAmountFC": sign * line.vat,
                    "Description": line.description[:60],
                }
                for line in entry.lines
            ],
        }
        if entry.blocked is not None:
            payload["GAccountAmountFC"] = entry.blocked
        return self._made("salesentry/SalesEntries", payload, key="EntryID")

    def _rows(self, path: str, *, select: str, where: str = "", division: bool = True) -> list[dict[str, Any]]:
        asked = {"$select": select} | ({"$filter": where} if where else {})
        answer = self._wire.call("GET", f"{self._address(path, division=division)}?{urlencode(asked, quote_via=quote)}")
        found = answer.get("d") if isinstance(answer, dict) else None
        rows = found.get("results") if isinstance(found, dict) else found
        if not isinstance(rows, list) or not all(isinstance(row, dict) and set(select.split(",")) <= set(row) for row in rows):
            raise Unwell("bad_answer", "no rows came back")
        return rows

    def _made(self, path: str, payload: dict[str, Any], *, key: str) -> str:
        answer = self._wire.call("POST", self._address(path), payload)
        made = answer.get("d") if isinstance(answer, dict) else None
        if not isinstance(made, dict) or not made.get(key):
            raise Unwell("bad_answer", "nothing came back of what was made")
        return str(made[key])

    def _address(self, path: str, *, division: bool = True) -> str:
        return f"{settings.EXACT_URL}/api/v1/{f'{self._division}/' if division else ''}{path}"


def entry_number(entry: Entry) -> int:
    """The number of a document as a whole number that Exact can hold: year and place in the series, and which series.

    INV-CC-2026-00001 is 260000001; the credit note of that place 1260000001, as both may stand in one journal.
    """
    year, place = entry.number.split("-")[-2:]
    return int(entry.is_credit_note) * 10**9 + int(year) % 100 * 10**7 + int(place)


def padded(number: int) -> str:
    return str(number).rjust(CODE_WIDTH)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _tokens(client_id: str, client_secret: str, **form: str) -> Granted:
    return ask_tokens(f"{settings.EXACT_URL}/api/oauth2/token", {"client_id": client_id, "client_secret": client_secret, **form})
