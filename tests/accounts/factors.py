"""People with a second factor, and the codes their phones show."""

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time

from apps.accounts.models import User

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def with_app(user: User) -> Authenticator:
    return TOTP.activate(user, SECRET).instance


def with_recovery_codes(user: User) -> list[str]:
    return RecoveryCodes.activate(user).get_unused_codes()


def shown(secret: str = SECRET, *, steps: int = 0) -> str:
    """What the app shows now; `steps` half minutes later or earlier."""
    now = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, now + steps))


def wrong(secret: str = SECRET) -> str:
    """A code that is shown neither now nor around now."""
    around = {shown(secret, steps=step) for step in (-1, 0, 1)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in around)
