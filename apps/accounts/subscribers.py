"""Who came in, who left, who failed to and who set up what, in the audit log: Django and allauth tell of all of them."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from apps.accounts import services
from apps.accounts.models import User, normalize_login
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core.actor import become
from apps.core.records import ref_to


@receiver(user_logged_in, dispatch_uid="accounts.log_login")
def log_login(*, user: User, **_: Any) -> None:
    become(kind="user", id=str(user.pk), label=str(user))
    log_act(AuditAction.LOGIN, ref_to(user))


@receiver(user_logged_out, dispatch_uid="accounts.log_logout")
def log_logout(*, user: User | None, **_: Any) -> None:
    if user is not None:
        log_act(AuditAction.LOGOUT, ref_to(user))


@receiver(user_login_failed, dispatch_uid="accounts.log_failed_login")
def log_failed_login(*, credentials: dict[str, Any], **_: Any) -> None:
    log_act(AuditAction.LOGIN_FAILED, context={"username": normalize_login(str(credentials.get("username")))[:254]})


@receiver([authenticator_added, authenticator_reset], dispatch_uid="accounts.log_factor_added")
def log_factor_added(*, request: HttpRequest, authenticator: Authenticator, **_: Any) -> None:
    services.note_factor_added(factor=authenticator, session_key=request.session.session_key)


@receiver(authenticator_removed, dispatch_uid="accounts.log_factor_removed")
def log_factor_removed(*, authenticator: Authenticator, **_: Any) -> None:
    services.note_factor_removed(factor=authenticator)
