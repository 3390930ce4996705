"""Where allauth asks the house: who is in, how secrets are kept, what a page says."""

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import gettext

from apps.accounts import sessions
from apps.accounts.services.factors import PLACE
from apps.core import clock
from apps.core.crypto import key_ring

JUST_NOW = timedelta(minutes=5)


class AccountAdapter(DefaultAccountAdapter):
    def login(self, request: HttpRequest, user: Any) -> None:
        user.backend = "apps.accounts.backends.LoginBackend"
        sessions.begin_anew(request)
        super().login(request, user)

    def reauthenticate(self, user: Any, password: str) -> bool:
        """By the same door as a login, so that a wrong password counts as one."""
        return authenticate(context.request, username=user.email, password=password) == user

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not of somebody who logged in a moment ago."""
        began = sessions.began_at(context.request)
        if began is not None and clock.now() - began < JUST_NOW:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))


class FactorAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return str(key_ring().encrypt(text, place=PLACE))

    def decrypt(self, encrypted_text: str) -> str:
        return key_ring().decrypt(encrypted_text, place=PLACE)

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002 - allauth's name
        return gettext("Passkey")
