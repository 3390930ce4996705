"""MessageBird on loopback: takes SMS and WhatsApp messages as its specification says, and calls our hook signed.

It refuses what the real one refuses: a wrong key (401), a sender of more than eleven signs, a text without a reference or
of a wrong kind (422), and free WhatsApp text to whoever wrote nothing for 24 hours.
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import jwt

from tests.fakes.server import Asked, Fake, Said

ACCESS_KEY, SIGNING_KEY = "live_access_of_the_tests", "signing_key_of_the_tests_which_is_as_long_as_one_of_messagebird_is"
CHANNEL_ID = "619747f69cf940a98fb443140ce9aed2"
WINDOW = timedelta(hours=24)
MSISDN = re.compile(r"[1-9][0-9]{7,14}")


class FakeMessageBird(Fake):
    def __init__(self, *, access_key: str = ACCESS_KEY, signing_key: str = SIGNING_KEY) -> None:
        super().__init__()
        self.access_key, self.signing_key = access_key, signing_key
        self.texts: list[dict[str, Any]] = []
        self.chats: list[dict[str, Any]] = []
        self.wrote_at: dict[str, datetime] = {}  # by number, when a customer wrote last

    @property
    def conversations(self) -> str:
        return f"{self.origin}/v1"

    # What it takes

    def answer(self, asked: Asked) -> Said:
        if asked.headers.get("authorization") != f"AccessKey {self.access_key}":
            return refusal(401, 2, "Request not allowed (incorrect access_key)", "access_key")
        match asked.method, asked.path:
            case "POST", "/messages":
                return self._text(asked.json)
            case "GET", "/messages":
                found = [
                    each for each in self.texts if each["recipients"]["items"][0]["recipient"] == int(asked.query["recipient"])
                ]
                return Said(body={"offset": 0, "limit": 20, "count": len(found), "totalCount": len(found), "items": found})
            case "POST", "/v1/send":
                return self._chat(asked.json)
        return refusal(404, 20, "not found")

    def _text(self, body: dict[str, Any]) -> Said:
        wrong = _fault_of_text(body)
        if wrong:
            return refusal(422, 9 if wrong[1] == "missing" else 10, f"{wrong[0]} is {wrong[1]}", wrong[0])
        at = datetime.now(tz=UTC).isoformat()
        items = [{"recipient": int(each), "status": "sent", "statusDatetime": at} for each in body["recipients"]]
        kept = {"id": uuid4().hex, **body, "createdDatetime": at, "recipients": {"totalCount": len(items), "items": items}}
        self.texts.append(kept)
        return Said(201, kept)

    def _chat(self, body: dict[str, Any]) -> Said:
        if not MSISDN.fullmatch(str(body.get("to", ""))) or body.get("channelId") != CHANNEL_ID:
            return refusal(422, 10, "to or channelId is invalid", "to")
        since = self.wrote_at.get(body["to"])
        is_open = since is not None and datetime.now(tz=UTC) - since < WINDOW
        if body["type"] == "text" and not is_open:
            return refusal(422, 21, "Free-form message outside of the 24-hour customer care window", "type")
        if body["type"] == "hsm" and not {"namespace", "templateName", "language", "params"} <= body["content"]["hsm"].keys():
            return refusal(422, 9, "hsm is incomplete", "content")
        kept = {"id": uuid4().hex, **body, "status": "accepted"}
        self.chats.append(kept)
        return Said(202, {"id": kept["id"], "status": "accepted"})

    # What it tells us

    def signed(self, url: str, body: bytes = b"", *, algorithm: str = "HS256", key: str = "", **claims: Any) -> dict[str, str]:
        """The header of a call of ours at `url`; `claims` stand in place of the right ones, None leaves one out."""
        now = int(datetime.now(tz=UTC).timestamp())
        right = {
            "iss": "MessageBird",
            "nbf": now,
            "exp": now + 60,
            "jti": uuid4().hex,
            "url_hash": hashlib.sha256(url.encode()).hexdigest(),
            **({"payload_hash": hashlib.sha256(body).hexdigest()} if body else {}),
        }
        said = {name: value for name, value in (right | claims).items() if value is not None}
        return {"MessageBird-Signature-JWT": jwt.encode(said, key or self.signing_key, algorithm=algorithm)}

    @staticmethod
    def report(text: dict[str, Any], status: str, **more: str) -> dict[str, str]:
        """The query of a status report on a text."""
        item = text["recipients"]["items"][0]
        at = {"statusDatetime": datetime.now(tz=UTC).isoformat()}
        return {
            "id": text["id"],
            "reference": text["reference"],
            "recipient": str(item["recipient"]),
            "status": status,
            **at,
            **more,
        }

    @staticmethod
    def event(kind: str, **message: Any) -> dict[str, Any]:
        """The body of an event of the Conversations API."""
        at = datetime.now(tz=UTC).isoformat()
        plain = {"id": uuid4().hex, "platform": "whatsapp", "channelId": CHANNEL_ID, "createdDatetime": at, "updatedDatetime": at}
        return {
            "type": kind,
            "message": {**plain, **message},
            "conversation": {"id": uuid4().hex},
            "contact": {"id": uuid4().hex},
        }


def _fault_of_text(body: dict[str, Any]) -> tuple[str, str] | None:
    for name in ("originator", "recipients", "body", "reference"):
        if not body.get(name):
            return name, "missing"
    sender = body["originator"]
    if not sender.lstrip("+").isdecimal() and (len(sender) > 11 or not all(sign.isalnum() or sign == " " for sign in sender)):
        return "originator", "invalid"
    if not _are_numbers(body["recipients"]) or len(body["recipients"]) > 50:
        return "recipients", "invalid"
    return None if body.get("datacoding", "plain") in ("plain", "unicode", "auto") else ("datacoding", "invalid")


def _are_numbers(numbers: Iterable[object]) -> bool:
    return all(MSISDN.fullmatch(str(number)) for number in numbers)


def refusal(status: int, code: int, description: str, parameter: str | None = None) -> Said:
    return Said(status, {"errors": [{"code": code, "description": description, "parameter": parameter}]})
