"""How a status is told in a partner's own shape: which call of its API, and what stands in it.

The template is data of the integration (`partner_specific_config.status_call`): a method, a path with names in braces and a
JMESPath expression over what a webhook would tell. JMESPath selects and never runs code.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Self
from urllib.parse import quote

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from jmespath.exceptions import JMESPathError

from apps.partners.mapping import compiled, validate_expression

IN_PATH = ("partner_order_id", "order_number", "order_id", "api_version")
DEFAULT_PATH = "/orders/{partner_order_id}/status"
DEFAULT_BODY = (
    "{partner_order_id: partner_order_id, status: status, timestamp: timestamp, reason: reason, scheduled_date: scheduled_date}"
)


class WordingFailed(Exception):
    """The template does not fit what is to be told."""


@dataclass(frozen=True, kw_only=True)
class StatusCall:
    """The call of a partner's API that tells a status."""

    method: str = "POST"
    path: str = DEFAULT_PATH
    body: str = DEFAULT_BODY

    @classmethod
    def of(cls, particulars: Mapping[str, Any]) -> Self:
        """As an integration's particulars say, else our own proposal."""
        return cls(**particulars.get("status_call", {}))

    def check(self) -> None:
        """Refuse a template that could never be filled in."""
        validate_expression(self.body)
        try:
            parts = list(Formatter().parse(self.path))
        except ValueError as error:
            raise ValidationError(_("The braces of the path do not match."), code="path_invalid") from error
        named = [f"{name}{form}{conversion or ''}" for _text, name, form, conversion in parts if name is not None]
        if unknown := [name for name in named if name not in IN_PATH]:
            params = {"unknown": ", ".join(unknown), "known": ", ".join(IN_PATH)}
            raise ValidationError(_("The path names “%(unknown)s”; it may name %(known)s."), code="path_invalid", params=params)

    def address(self, base_url: str, told: Mapping[str, Any], *, api_version: str) -> str:
        """Where this status is told; every value that stands in the path is quoted."""
        values = {name: quote(str(told.get(name, "")), safe="") for name in IN_PATH} | {"api_version": api_version}
        return base_url.rstrip("/") + self.path.format_map(values)

    def worded(self, told: Mapping[str, Any]) -> str:
        """The body, in the partner's shape.

        Raises:
            WordingFailed: the expression cannot be used on this status, or makes nothing of it.
        """
        try:
            made = compiled(self.body).search(told)
        except JMESPathError as error:
            raise WordingFailed(str(error)) from error
        if made is None:
            raise WordingFailed("the expression finds nothing")
        return json.dumps(made, ensure_ascii=False)
