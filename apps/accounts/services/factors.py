"""Second factors: codes of an authenticator app, recovery codes and passkeys. allauth keeps them, in a table of its own.

A code is good once and tried five times at most, counted in the database: allauth counts in a cache, of which every web
process has its own.
"""

from __future__ import annotations

from itertools import takewhile
from typing import Any

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.accounts.services.sessions import drop_sessions
from apps.audit.choices import AuditAction
from apps.audit.models import AuditLog
from apps.audit.services import log_act
from apps.core import clock
from apps.core.actor import acting
from apps.core.crypto import key_ring
from apps.core.errors import Refused, TooMany, Unauthenticated
from apps.core.records import ref_to

Type = Authenticator.Type
FACTORS = (Type.TOTP, Type.WEBAUTHN)  # recovery codes replace one; they are none
TYPED = (Type.TOTP, Type.RECOVERY_CODES)
PLACE = "mfa.authenticator.data"  # allauth encrypts before it knows the row, so a secret is bound to the column alone
SECRETS = ("secret", "seed")
LAST_STEP = "last_step"
TYPED_CODE = "code"
FORGIVING = (AuditAction.LOGIN, AuditAction.LOGIN_UNLOCKED)


def has_factor(user: User) -> bool:
    """Whether this person is asked for more than a password."""
    return bool(Authenticator.objects.filter(user=user, type__in=FACTORS).exists())


def must_set_up_factor(user: User) -> bool:
    """Whether this person may do nothing but set up a second factor."""
    return settings.REQUIRE_MFA and user.is_staff and not has_factor(user)


def locked_out() -> TooMany:
    """The refusal of a name that failed too often."""
    return TooMany(
        _("Too many failed logins. Please try again later."),
        code="login_locked",
        retry_after=int(settings.AXES_COOLOFF_TIME.total_seconds()),
    )


def check_code(*, request: HttpRequest, user: User, code: str) -> Authenticator:
    """The factor to which a typed code belongs; the code is used up. A wrong one counts like a wrong password.

    Raises:
        TooMany: too many failures for this name from this address, or too many wrong codes from anywhere.
        Unauthenticated: otp_invalid.
    """
    if not AxesProxyHandler.is_allowed(request, {"username": user.email}):
        raise locked_out()
    used = _use_code(user, code)
    if used is not None:
        return used
    user_login_failed.send(sender=__name__, request=request, credentials={"username": user.email})
    if getattr(request, "axes_locked_out", False):
        raise locked_out()
    raise Unauthenticated(_("The code is not right, or has been used."), code="otp_invalid")


@transaction.atomic
def _use_code(user: User, code: str) -> Authenticator | None:
    """One after the other: who tries many codes at once is counted all the same, and one code opens one door."""
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)
    if _wrong_codes(user) >= settings.AXES_FAILURE_LIMIT:
        raise locked_out()
    factors = Authenticator.objects.filter(user=user, type__in=TYPED).order_by("pk")
    used = next((factor for factor in factors if _accepts(factor, code)), None)
    if used is None:
        log_act(AuditAction.FACTOR_FAILED, ref_to(user), context={"kind": TYPED_CODE})
    return used


def _wrong_codes(user: User) -> int:
    """Since the last login or unlocking, in the last quarter of an hour, from whatever address: who is asked knows the password already."""
    acts = AuditLog.objects.filter(
        Q(action__in=FORGIVING) | Q(action=AuditAction.FACTOR_FAILED, context__kind=TYPED_CODE),
        record_id=str(user.pk),
        created_at__gt=clock.now() - settings.AXES_COOLOFF_TIME,
    ).order_by("-id")
    latest = acts.values_list("action", flat=True)[: settings.AXES_FAILURE_LIMIT]
    return sum(1 for _act in takewhile(lambda action: action == AuditAction.FACTOR_FAILED, latest))


def _accepts(factor: Authenticator, code: str) -> bool:
    if factor.type == Type.RECOVERY_CODES:
        return bool(factor.wrap().validate_code(code))
    secret = decrypt(factor.data["secret"])
    steps = [
        step
        for step in yield_hotp_counters_from_time()
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))
    ]
    if not steps or steps[0] <= factor.data.get(LAST_STEP, 0):
        return False
    factor.data[LAST_STEP] = steps[0]
    factor.save(update_fields=["data"])
    return True


@transaction.atomic
def note_factor_added(*, factor: Authenticator, session_key: str | None) -> None:
    """Log it. With the first factor, sessions that know only the password end, but for the one that set it up."""
    user = factor.user
    log_act(AuditAction.FACTOR_ADDED, ref_to(user), context={"kind": factor.type})
    if factor.type == Type.TOTP:  # the code that proved the set-up is used
        factor.data[LAST_STEP] = list(yield_hotp_counters_from_time())[settings.MFA_TOTP_TOLERANCE]
        factor.save(update_fields=["data"])
    if factor.type in FACTORS and Authenticator.objects.filter(user=user, type__in=FACTORS).count() == 1:
        drop_sessions(user, but=session_key)


def note_factor_removed(*, factor: Authenticator) -> None:
    log_act(AuditAction.FACTOR_REMOVED, ref_to(factor.user), context={"kind": factor.type})


def note_factor_failed(*, request: HttpRequest, user: User) -> None:
    """A passkey that did not fit. It cannot be guessed, so it is told and does not count against the name."""
    log_act(AuditAction.FACTOR_FAILED, ref_to(user), context={"kind": Type.WEBAUTHN})


@transaction.atomic
def remove_factors(*, user: User, reason: str, by: User | None) -> None:
    """Take away the factors of somebody who lost them. Their sessions end; they log in with the password and set up anew.

    Raises:
        Refused: own_factors or no_factor.
    """
    if by is not None and by.pk == user.pk:
        raise Refused(
            _("Your own factors stand under My security; another administrator can take them away."), code="own_factors"
        )
    factors = list(Authenticator.objects.select_for_update(of=("self",)).filter(user=user).order_by("pk"))
    if not factors:
        raise Refused(_("This person has no second factor."), code="no_factor")
    with acting(reason=reason):
        for factor in factors:
            note_factor_removed(factor=factor)
        drop_sessions(user)
    Authenticator.objects.filter(pk__in=[factor.pk for factor in factors]).delete()


def reencrypt_factors(database: str) -> int:
    """Bring the secrets of all factors under the first key; gives how many had to be moved."""
    keys = Authenticator.objects.using(database).order_by("pk").values_list("pk", flat=True)
    return sum(_reencrypt(key, database) for key in list(keys))


def _reencrypt(key: Any, database: str) -> bool:
    ring = key_ring()
    with transaction.atomic(using=database):
        factor = Authenticator.objects.using(database).select_for_update(of=("self",)).filter(pk=key).first()
        old = {name: factor.data[name] for name in SECRETS if name in factor.data} if factor else {}
        moved = {
            name: str(ring.encrypt(ring.decrypt(stored, place=PLACE), place=PLACE))
            for name, stored in old.items()
            if stored.partition("$")[0] != ring.primary
        }
        if factor is not None and moved:
            factor.data.update(moved)
            factor.save(using=database, update_fields=["data"])
    return bool(moved)
