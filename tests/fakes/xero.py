"""Xero on loopback: rotating tokens with PKCE, replayed keys, unique numbers, limits, errors in its own shape."""

import json
from base64 import b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from apps.core import clock
from tests.fakes.server import Asked, Fake, Said, consent

TENANT = str(uuid4())
ACCOUNTS = {"8000", "8100", "1100"}
TAX_TYPES = {"OUTPUT21", "OUTPUT9", "NONE", "REVERSED", "EXEMPT"}
ROOT = "/api.xro/2.0/"


class FakeXero(Fake):
    def __init__(self, *, client_secret: str = "geheim", per_minute: int = 60) -> None:
        super().__init__()
        self.client_secret, self.per_minute = client_secret, per_minute
        self.code, self.challenge = "the-code", ""
        self.refresh_token = ""
        self.access: dict[str, datetime] = {}
        self.tenants = {TENANT: "Laadpunt B.V."}
        self.replays: dict[str, Said] = {}
        self.keeps_keys = True
        self.documents: dict[str, dict[str, dict[str, Any]]] = {"Invoices": {}, "CreditNotes": {}}
        self.minute, self.in_minute = 0, 0

    def grant(self) -> dict[str, Any]:
        return self._pair()

    def consented(self, url: str) -> str:
        """A person says yes at this address; gives the state that comes back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["code_challenge_method"] == "S256"
        self.challenge = asked["code_challenge"]
        return asked["state"]

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/identity/connect/authorize":
            self.challenge = asked.query["code_challenge"]
            return consent(asked, self.code)
        if asked.path == "/connect/token":
            return self._token(asked)
        return self._limited(asked)

    def _token(self, asked: Asked) -> Said:
        form = asked.form
        shown = b64decode(asked.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if shown.partition(":")[2] != self.client_secret:
            return Said(401, {"error": "invalid_client"})
        if form.get("grant_type") == "authorization_code":
            proof = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
            if form.get("code") != self.code or proof != self.challenge:
                return Said(400, {"error": "invalid_grant"})
            return Said(200, self._pair())
        if form.get("refresh_token") != self.refresh_token:
            return Said(400, {"error": "invalid_grant"})
        return Said(200, self._pair())

    def _pair(self) -> dict[str, Any]:
        access, self.refresh_token = uuid4().hex, uuid4().hex
        self.access[access] = clock.now() + timedelta(minutes=30)
        return {"access_token": access, "token_type": "Bearer", "expires_in": 1800, "refresh_token": self.refresh_token}

    def _limited(self, asked: Asked) -> Said:
        minute = int(clock.now().timestamp() // 60)
        if minute != self.minute:
            self.minute, self.in_minute = minute, 0
        if self.in_minute >= self.per_minute:
            return Said(429, {}, {"Retry-After": "37", "X-Rate-Limit-Problem": "minute"})
        self.in_minute += 1
        if self.access.get(asked.token, clock.now()) <= clock.now():
            return Said(401, {"Title": "Unauthorized", "Detail": "TokenExpired"})
        return self._replayed(asked)

    def _replayed(self, asked: Asked) -> Said:
        key = asked.headers.get("idempotency-key", "")
        if asked.method != "GET" and not 0 < len(key) <= 128:
            return _refused("An Idempotency-Key is expected here.")
        if key and key in self.replays and self.keeps_keys:
            return self.replays[key]
        said = self._read(asked)
        if key:
            self.replays[key] = said
        return said

    def _read(self, asked: Asked) -> Said:
        if asked.path == "/connections":
            return Said(200, [{"tenantId": key, "tenantName": name} for key, name in self.tenants.items()])
        if asked.headers.get("xero-tenant-id") != TENANT:
            return Said(403, {"Detail": "AuthenticationUnsuccessful"})
        return self._route(asked.method, asked.path.removeprefix(ROOT).split("/"), asked)

    def _route(self, method: str, parts: list[str], asked: Asked) -> Said:
        said = Said(404)
        match (method, parts):
            case ("GET", [("Invoices" | "CreditNotes") as kind, which]):
                found = self._find(kind, which)
                said = Said(200, {kind: [found]}) if found else said
            case ("PUT", [("Invoices" | "CreditNotes") as kind]):
                said = self._add(kind, asked.json[kind][0])
            case ("PUT", ["CreditNotes", which, "Allocations"]):
                said = self._allocate(which, asked.json["Allocations"][0])
            case ("PUT", ["Payments"]):
                said = self._pay(asked.json["Payments"][0])
            case ("POST", ["Payments", which]):
                said = self._unpay(which)
        return said

    def _find(self, kind: str, which: str) -> dict[str, Any] | None:
        names = {"Invoices": ("InvoiceID", "InvoiceNumber"), "CreditNotes": ("CreditNoteID", "CreditNoteNumber")}[kind]
        return next((each for each in self.documents[kind].values() if which in {each[name] for name in names}), None)

    def _add(self, kind: str, given: dict[str, Any]) -> Said:
        key, number = {"Invoices": ("InvoiceID", "InvoiceNumber"), "CreditNotes": ("CreditNoteID", "CreditNoteNumber")}[kind]
        if self._find(kind, given[number]):
            return _refused(f"{number} must be unique")
        lines = given["LineItems"]
        if any(line["AccountCode"] not in ACCOUNTS for line in lines):
            return _refused("Account code is not a valid code for this document.")
        if any(line["TaxType"] not in TAX_TYPES for line in lines):
            return _refused("The TaxType code does not exist or cannot be used for this type of transaction.")
        total = sum((_cents(line["LineAmount"]) + _cents(line["TaxAmount"]) for line in lines), Decimal(0))
        made = {**given, key: str(uuid4()), "AmountDue": total, "Total": total, "Payments": [], "Allocations": []}
        self.documents[kind][made[key]] = made
        return Said(200, {kind: [_plain(made)]})

    def _allocate(self, which: str, given: dict[str, Any]) -> Said:
        note, invoice = self.documents["CreditNotes"][which], self.documents["Invoices"][given["Invoice"]["InvoiceID"]]
        amount = _cents(given["Amount"])
        if amount > min(note["AmountDue"], invoice["AmountDue"]):
            return _refused("The amount exceeds what is outstanding.")
        note["AmountDue"] -= amount
        invoice["AmountDue"] -= amount
        note["Allocations"].append({"Invoice": given["Invoice"], "Amount": str(amount)})
        return Said(200, {"Allocations": note["Allocations"]})

    def _pay(self, given: dict[str, Any]) -> Said:
        invoice = self.documents["Invoices"].get(given["Invoice"]["InvoiceID"])
        if invoice is None or given["Account"]["Code"] not in ACCOUNTS:
            return _refused("Invoice or account not found.")
        amount = _cents(given["Amount"])
        if amount > invoice["AmountDue"]:
            return _refused("Payment amount exceeds the amount outstanding on this document")
        invoice["AmountDue"] -= amount
        payment = {"PaymentID": str(uuid4()), "Amount": str(amount), "Date": given["Date"], "Reference": given["Reference"]}
        invoice["Payments"].append(payment)
        return Said(200, {"Payments": [payment]})

    def _unpay(self, which: str) -> Said:
        for invoice in self.documents["Invoices"].values():
            for payment in list(invoice["Payments"]):
                if payment["PaymentID"] == which:
                    invoice["Payments"].remove(payment)
                    invoice["AmountDue"] += Decimal(payment["Amount"])
                    return Said(200, {"Payments": [{**payment, "Status": "DELETED"}]})
        return _refused("The payment has been deleted.")

    def owed(self) -> dict[str, Decimal]:
        """What is open there, by our number."""
        return {each["InvoiceNumber"]: each["AmountDue"] for each in self.documents["Invoices"].values()}

    def numbers(self) -> list[str]:
        kinds = (("Invoices", "InvoiceNumber"), ("CreditNotes", "CreditNoteNumber"))
        return [each[name] for kind, name in kinds for each in self.documents[kind].values()]


def _cents(value: Any) -> Decimal:
    return Decimal(str(value))


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(value, default=str))
    return plain


def _refused(words: str) -> Said:
    return Said(
        400,
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": [{"ValidationErrors": [{"Message": words}]}],
        },
    )
