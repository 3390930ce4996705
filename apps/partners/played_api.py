"""Essent's own API as the simulator plays it: a token server, and a door that takes the status of an order."""

import json
import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import compare_digest, token_urlsafe
from typing import Any
from urllib.parse import parse_qs, unquote

CLIENT_ID = "chargecars"
TOKEN_SECONDS = 3600
ROOT = "/essent/api"
_DOOR = re.compile(rf"{ROOT}/v2/aanvragen/([^/]+)/status")


@dataclass(frozen=True)
class Answer:
    """What a simulated endpoint answers to a call."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class ApiCall:
    """One status that was told by a call. `problem` says what is wrong with it; empty when nothing is."""

    message_id: str
    partner_order_id: str
    status: str
    sequence: int
    body: dict[str, Any]
    problem: str = ""


def api_secret(webhook_secret: str) -> str:
    """The password of our client there. The demo keeps one secret per partner; this one follows from it."""
    return sha256(f"api:{webhook_secret}".encode()).hexdigest()


def api_credentials(origin: str, webhook_secret: str) -> dict[str, str]:
    """What an integration needs to call it, where it listens at an origin such as http://127.0.0.1:8765."""
    return {
        "token_url": f"{origin}{ROOT}/token",
        "client_id": CLIENT_ID,
        "client_secret": api_secret(webhook_secret),
    }


class PlayedApi:
    """Gives tokens to our client, and takes statuses from whoever shows one."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._tokens: set[str] = set()
        self.tokens_given = 0

    def forget_tokens(self) -> None:
        """Every token that was given is refused from now on."""
        self._tokens.clear()

    def give_token(self, headers: Mapping[str, str], body: bytes) -> Answer:
        form = parse_qs(body.decode(errors="replace"))
        shown = _basic(headers.get("authorization", ""))
        if form.get("grant_type") != ["client_credentials"] or not compare_digest(shown, f"{CLIENT_ID}:{self._secret}".encode()):
            return _json(401, {"error": "invalid_client"})
        token = token_urlsafe(24)
        self._tokens.add(token)
        self.tokens_given += 1
        return _json(200, {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS})

    def take_status(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> ApiCall:
        """What the call says, and what is wrong with it."""
        said = _object(body)
        door = _DOOR.fullmatch(path)
        number = unquote(door[1]) if door else ""
        return ApiCall(
            message_id=headers.get("idempotency-key", ""),
            partner_order_id=number,
            status=str(said.get("status", "")),
            sequence=said.get("volgnummer", 0),
            body=said,
            problem=self._problem(method, number, headers, said),
        )

    def _problem(self, method: str, number: str, headers: Mapping[str, str], said: Mapping[str, Any]) -> str:
        kind, _space, token = headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in self._tokens:
            return "no token of ours"
        if method != "PUT" or not number:
            return "nobody listens at this address"
        if said.get("aanvraagnummer") != number or not said.get("status") or not said.get("gewijzigd_op"):
            return "not in the shape that was agreed"
        return ""


def answer_to(call: ApiCall) -> Answer:
    """What the API answers to a call without a better idea of its own."""
    if call.problem == "no token of ours":
        return _json(401, {"fout": call.problem})
    return _json(422, {"fout": call.problem}) if call.problem else _json(200, {"ontvangen": True})


def _basic(header: str) -> bytes:
    kind, _space, encoded = header.partition(" ")
    try:
        return b64decode(encoded, validate=True) if kind == "Basic" else b""
    except Base64Error:
        return b""


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    return value if isinstance(value, dict) else {}


def _json(status: int, value: dict[str, Any]) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, json.dumps(value).encode())
