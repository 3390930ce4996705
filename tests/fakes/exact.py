"""Exact Online on loopback, with the rules that hurt: single-use renewal tokens, limits, blocked keys, entries once."""

import re
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from apps.core import clock
from tests.fakes.server import Asked, Fake, Said, consent

DIVISION = "3164321"
ACCOUNTS = {"8000": str(uuid4()), "8100": str(uuid4())}
VAT_CODES = {"2", "1", "0", "6", "7"}
JOURNALS = {"70", "71"}
TOKEN_EVERY = timedelta(minutes=9, seconds=30)


class FakeExact(Fake):
    def __init__(self, *, client_secret: str = "geheim", per_minute: int = 60) -> None:
        super().__init__()
        self.client_secret, self.per_minute = client_secret, per_minute
        self.code = "the-code"
        self.refresh_token = ""
        self.used_tokens: set[str] = set()
        self.access: dict[str, datetime] = {}
        self.last_token_at: datetime | None = None
        self.token_calls = 0
        self.customers: dict[str, dict[str, Any]] = {}
        self.entries: dict[str, dict[str, Any]] = {}
        self.errors: Counter[tuple[str, int]] = Counter()
        self.minute, self.in_minute = 0, 0

    # Tokens

    def grant(self) -> dict[str, str]:
        """What a person who says yes brings about, without a browser."""
        return self._pair()

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/api/oauth2/auth":
            return consent(asked, self.code)
        if asked.path == "/api/oauth2/token":
            return self._token(asked)
        return self._limited(asked)

    def _token(self, asked: Asked) -> Said:
        self.token_calls += 1
        form = asked.form
        if form.get("client_secret") != self.client_secret:
            return Said(400, {"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            if form.get("code") != self.code:
                return Said(400, {"error": "invalid_grant", "error_description": "The code is not valid."})
            self.code = ""
            return Said(200, self._pair())
        given = form.get("refresh_token", "")
        if given in self.used_tokens or given != self.refresh_token:
            return Said(401, {"error": "unauthorized_client", "error_description": "Old refresh token used."})
        if self.last_token_at and clock.now() - self.last_token_at < TOKEN_EVERY:
            return Said(400, {"error": "too_many_requests", "error_description": "Rate limit exceeded: access_token not expired"})
        self.used_tokens.add(given)
        return Said(200, self._pair())

    def _pair(self) -> dict[str, str]:
        access, self.refresh_token = uuid4().hex, uuid4().hex
        self.last_token_at = clock.now()
        self.access[access] = clock.now() + timedelta(seconds=600)
        return {"access_token": access, "token_type": "bearer", "expires_in": "600", "refresh_token": self.refresh_token}

    # Limits

    def _limited(self, asked: Asked) -> Said:
        minute = int(clock.now().timestamp() // 60)
        if minute != self.minute:
            self.minute, self.in_minute = minute, 0
        endpoint, hour = asked.path, int(clock.now().timestamp() // 3600)
        reset = {"X-RateLimit-Minutely-Reset": str((minute + 1) * 60_000)}
        if self.in_minute >= self.per_minute:
            return Said(429, {}, {"X-RateLimit-Minutely-Remaining": "0", **reset})
        if self.errors[endpoint, hour] > 10:
            return Said(403, {}, {"Reason": "The key is blocked"})
        self.in_minute += 1
        said = self._read(asked)
        if said.status in (400, 401, 403, 404):
            self.errors[endpoint, hour] += 1
        limits = {"X-RateLimit-Minutely-Remaining": str(self.per_minute - self.in_minute), **reset}
        return Said(said.status, said.body, {**limits, **said.headers})

    # What it knows

    def _read(self, asked: Asked) -> Said:
        if self.access.get(asked.token, clock.now()) <= clock.now():
            return Said(401, {}, {"Reason": "Unauthorized"})
        if asked.method == "GET" and "$select" not in asked.query and asked.query.get("$top") != "1":
            return _refused("Please add a $select or a $top=1 statement to the query string.")
        if asked.path == "/api/v1/current/Me":
            return _rows([{"CurrentDivision": int(DIVISION), "FullName": "Laadpunt B.V."}])
        path = asked.path.removeprefix(f"/api/v1/{DIVISION}/")
        route = {
            ("GET", "financial/GLAccounts"): self._accounts,
            ("GET", "crm/Accounts"): self._find_customer,
            ("POST", "crm/Accounts"): self._add_customer,
            ("GET", "salesentry/SalesEntries"): self._find_entry,
            ("POST", "salesentry/SalesEntries"): self._add_entry,
        }.get((asked.method, path))
        return route(asked) if route else Said(404)

    def _accounts(self, asked: Asked) -> Said:
        code = _asked_text(asked, "Code")
        return _rows([{"ID": ACCOUNTS[code]}] if code in ACCOUNTS else [])

    def _find_customer(self, asked: Asked) -> Said:
        code = _asked_text(asked, "Code")
        return _rows([each for each in self.customers.values() if each["Code"] == code])

    def _add_customer(self, asked: Asked) -> Said:
        given = asked.json
        code = given.get("Code", "")
        if len(code) != 18 or not code.strip().isdigit():
            return _refused("Code: 18 characters, digits with leading spaces")
        if code in {each["Code"] for each in self.customers.values()}:
            return _refused("Code already exists")
        made = {**given, "ID": str(uuid4())}
        self.customers[made["ID"]] = made
        return Said(201, {"d": made})

    def _find_entry(self, asked: Asked) -> Said:
        found = re.search(r"EntryNumber eq (\d+)", asked.query.get("$filter", ""))
        journal = _asked_text(asked, "Journal")
        number = int(found[1]) if found else 0
        return _rows([each for each in self.entries.values() if (each["EntryNumber"], each["Journal"]) == (number, journal)])

    def _add_entry(self, asked: Asked) -> Said:
        given = asked.json
        problem = self._problem(given)
        if problem:
            return _refused(problem)
        made = {**given, "EntryID": str(uuid4())}
        self.entries[made["EntryID"]] = made
        return Said(201, {"d": made})

    def _problem(self, given: dict[str, Any]) -> str:
        lines = given["SalesEntryLines"]
        wrong = {
            "Journal does not exist": given["Journal"] not in JOURNALS,
            "Customer does not exist": given["Customer"] not in self.customers,
            "Entry number already exists": (given["EntryNumber"], given["Journal"])
            in {(each["EntryNumber"], each["Journal"]) for each in self.entries.values()},
            "Entry number: a whole number of 32 bits": not 0 < given["EntryNumber"] < 2**31,
            "General ledger account does not exist": any(line["GLAccount"] not in ACCOUNTS.values() for line in lines),
            "VAT code does not exist": any(line["VATCode"] not in VAT_CODES for line in lines),
            "An entry has lines": not lines,
        }
        return next((words for words, is_so in wrong.items() if is_so), "")

    def total_of(self, number: str) -> Decimal:
        """What was booked for a document of ours, incl. VAT."""
        (entry,) = [each for each in self.entries.values() if each["YourRef"] == number]
        lines = entry["SalesEntryLines"]
        return sum((Decimal(str(line["AmountFC"])) + Decimal(str(line["VATAmountFC"])) for line in lines), Decimal(0))


def _asked_text(asked: Asked, name: str) -> str:
    found = re.search(rf"{name} eq '([^']*)'", asked.query.get("$filter", ""))
    return found[1] if found else ""


def _rows(rows: list[dict[str, Any]]) -> Said:
    return Said(200, {"d": {"results": rows}})


def _refused(words: str) -> Said:
    return Said(400, {"error": {"code": "", "message": {"lang": "", "value": words}}})
