"""Refusals. A service raises one; the API turns it into a problem document, the admin into a message.

The families say what went wrong, not which HTTP status it becomes: that is known in `apps.core.api.problems` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, kw_only=True)
class FieldError:
    """One field that is wrong: where it stands (RFC 6901), a stable code, and what is expected."""

    pointer: str
    code: str
    detail: Text


class DomainError(Exception):
    """Something the business refuses.

    Attributes:
        code: stable lower_snake_case name of the refusal, part of the API's contract.
        detail: what a person reads; translatable.
        fields: the fields at fault, if any.
        extra: further members of the problem document (current, requested, allowed, ...); JSON values.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[Text] = _("This is not possible.")

    def __init__(
        self,
        detail: Text | None = None,
        *,
        code: str | None = None,
        fields: Sequence[FieldError] = (),
        **extra: Any,
    ) -> None:
        self.detail = detail or self.message
        if code is not None:
            self.code = code  # type: ignore[misc]  # an instance may narrow its class's code
        self.fields = tuple(fields)
        self.extra = extra
        super().__init__(self.detail)

    def __str__(self) -> str:
        return str(self.detail)


class Malformed(DomainError):
    """The input cannot be read: wrong syntax, type, range or an unknown field."""

    code = "malformed"
    message = _("The input is not valid.")


class Unauthenticated(DomainError):
    """No credential, or one that is not valid."""

    code = "not_authenticated"
    message = _("A valid credential is needed.")


class Forbidden(DomainError):
    """The actor is known and lacks the right."""

    code = "permission_denied"
    message = _("You do not have the right to do this.")


class NotFound(DomainError):
    """It is not there, or not yours: the two are never told apart."""

    code = "not_found"
    message = _("Not found.")


class Conflict(DomainError):
    """The state of things has changed or does not allow it."""

    code = "conflict"
    message = _("The record has changed meanwhile.")


class Refused(DomainError):
    """Well-formed, and refused by a rule of the business."""


class TooMany(DomainError):
    """A limit is reached; `retry_after` (seconds) says when to come back."""

    code = "rate_limited"
    message = _("Too many requests.")

    def __init__(self, detail: Text | None = None, *, retry_after: int, **extra: Any) -> None:
        super().__init__(detail, **extra)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """A part that we need does not answer now; nothing was changed and the same request may be repeated."""

    code = "unavailable"
    message = _("The system is busy. Please try again.")
