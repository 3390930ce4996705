"""How a caller of the API says who it is. Each class, once sure, tells `core.actor`, so that every row knows too."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request

from apps.accounts import services
from apps.accounts.keys import BEGINNINGS
from apps.accounts.models import ApiKey, User
from apps.core.actor import become
from apps.core.errors import Forbidden, Unauthenticated


def bearer(request: Request) -> str | None:
    """The text after `Bearer`; None where the request shows none."""
    kind, _space, text = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return None
    if not text.isascii():
        raise Unauthenticated(code="token_not_valid")
    return text.strip()


class BearerAuthentication(BaseAuthentication):
    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ApiKeyAuthentication(BearerAuthentication):
    """A machine with a `cc_live_` or `cc_test_` key acts as its service user; `request.auth` is the key."""

    def authenticate(self, request: Request) -> tuple[User, ApiKey] | None:
        text = bearer(request)
        if text is None or not text.startswith(BEGINNINGS):
            return None
        key = services.recognise_api_key(text)
        become(kind="api_key", id=str(key.pk), label=str(key))
        return key.user, key


class TokenAuthentication(BearerAuthentication):
    """A person or front end with an access token."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        text = bearer(request)
        if text is None or text.startswith(BEGINNINGS):
            return None
        user = services.user_of_access_token(text)
        become(kind="user", id=str(user.pk), label=str(user))
        return user, None


class BrowserAuthentication(SessionAuthentication):
    """A person who is logged in to the back office. Writes carry the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is not None and services.must_set_up_factor(found[0]):
            raise Forbidden(_("Set up a second factor in the back office first."), code="mfa_setup_required")
        if found is not None:
            become(kind="user", id=str(found[0].pk), label=str(found[0]))
        return found


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped there
    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An API key: cc_live_... or cc_test_..."}


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped there
    target_class = TokenAuthentication
    name = "accessToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


class BrowserScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped there
    target_class = BrowserAuthentication
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
