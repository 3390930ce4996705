"""How we prove to a partner's API who we are: one shape of credentials per way of doing so, kept as JSON, encrypted."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core.oauth import basic
from apps.core.outbound import FinalError, read_url
from apps.partners.choices import AuthenticationType

DEFAULT_KEY_HEADER = "X-Api-Key"
VALUE_LENGTH = 2_000

# What each way needs, and what may come with it.
SHAPES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    AuthenticationType.API_KEY: (("key",), ("header",)),
    AuthenticationType.BASIC_AUTH: (("username", "password"), ()),
    AuthenticationType.BEARER_TOKEN: (("token",), ()),
    AuthenticationType.OAUTH2: (("token_url", "client_id", "client_secret"), ("scope",)),
}
# What the call itself decides; a key in one of these would break it.
OUR_HEADERS = ("host", "connection", "content-length", "content-type", "transfer-encoding", "idempotency-key", "user-agent")
_VALUE = re.compile(r"[\x20-\x7e]+")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")


@dataclass(frozen=True, kw_only=True)
class ClientCredentials:
    """What a token is asked for with (OAuth 2, RFC 6749 section 4.4)."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What a call shows: headers that are known, or a token that must be asked for first."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    client: ClientCredentials | None = None


def read_credentials(authentication_type: str, text: str) -> Proof:
    """The proof that stands in the credentials of an integration.

    Raises:
        ValidationError: they have another shape than their type asks for. It never holds any of them.
    """
    if not authentication_type:
        return Proof()
    given = _members(authentication_type, text)
    return _PROOFS[authentication_type](given)


def _members(authentication_type: str, text: str) -> dict[str, str]:
    needed, optional = SHAPES[authentication_type]
    try:
        given: Any = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict) or not set(needed) <= set(given) <= {*needed, *optional}:
        example = json.dumps(dict.fromkeys(needed, "…"), ensure_ascii=False)
        raise ValidationError(
            _("This way of authenticating needs a JSON object such as %(example)s; it may also hold: %(optional)s."),
            code="credentials_shape",
            params={"example": example, "optional": ", ".join(optional) or "–"},
        )
    for name, value in given.items():
        if not isinstance(value, str) or len(value) > VALUE_LENGTH or not _VALUE.fullmatch(value):
            raise _wrong(name, _("plain text of one line is expected"))
    return given


def _wrong(name: str, problem: Any) -> ValidationError:
    params = {"name": name, "problem": problem}
    return ValidationError(_("“%(name)s”: %(problem)s."), code="credentials_value", params=params)


def _api_key(given: Mapping[str, str]) -> Proof:
    header = given.get("header", DEFAULT_KEY_HEADER)
    if not _HEADER.fullmatch(header) or header.lower() in OUR_HEADERS:
        raise _wrong("header", _("the name of a header of the partner's own is expected"))
    return Proof(headers={header: given["key"]})


def _basic_auth(given: Mapping[str, str]) -> Proof:
    if ":" in given["username"]:
        raise _wrong("username", _("a name without a colon is expected"))
    return Proof(headers={"Authorization": basic(given["username"], given["password"])})


def _bearer_token(given: Mapping[str, str]) -> Proof:
    return Proof(headers={"Authorization": f"Bearer {given['token']}"})


def _oauth2(given: Mapping[str, str]) -> Proof:
    try:
        read_url(given["token_url"])
    except FinalError as error:
        raise _wrong("token_url", _("this address cannot be called")) from error
    return Proof(client=ClientCredentials(**given))


_PROOFS: Mapping[str, Callable[[Mapping[str, str]], Proof]] = {
    AuthenticationType.API_KEY: _api_key,
    AuthenticationType.BASIC_AUTH: _basic_auth,
    AuthenticationType.BEARER_TOKEN: _bearer_token,
    AuthenticationType.OAUTH2: _oauth2,
}
