"""Who came in, who left and who failed to, in the audit log: by whatever door, since Django tells of all of them."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver

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
