"""Being let in: a token that is good now, and the wire that shows it."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction

from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.errors import TooMany
from apps.core.oauth import Granted
from apps.finance.choices import AccountingSystem
from apps.finance.clients.accounting import LIMIT_REACHED, NotLetIn, Unwell, Wire
from apps.finance.clients.exact import Exact
from apps.finance.clients.xero import Xero
from apps.finance.models import AccountingAccess, AccountingConnection
from apps.gateway.services import take_token

SYSTEMS: dict[str, type[Exact] | type[Xero]] = {AccountingSystem.EXACT: Exact, AccountingSystem.XERO: Xero}

MARGIN = timedelta(seconds=30)  # a token that is about to end would end under way
EXACT_RENEWS_EVERY = timedelta(minutes=9, seconds=30)  # more often is refused
CALLS_PER_MINUTE = 60
CALLS_PER_DAY = 5_000
SECONDS_OF_A_DAY = 86_400


def client_for(connection: AccountingConnection) -> tuple[Exact | Xero, Wire]:
    """A client that may call now, and its wire.

    Raises:
        NotLetIn: somebody must connect again.
        Unwell: no token can be had now.
    """
    system = SYSTEMS[connection.system]
    wire = Wire(token=token_for(connection), pace=_pace_of(connection), manners=system.manners)
    return system(wire, administration=connection.administration), wire


def token_for(connection: AccountingConnection) -> str:
    """A token that is good for a while yet. Call it outside a transaction.

    A renewal token works once: whoever comes second with it breaks the connection, and a person must mend it. So this is the
    one call that is made under a lock: who waited for it reads the new pair, which is committed before anybody uses it. The
    lock lasts as long as the call, ten seconds at most, and nothing else waits for the row.

    Raises:
        NotLetIn: nobody connected, or the renewal token is not accepted.
        Unwell: it cannot be renewed now.
    """
    with transaction.atomic():
        access = AccountingAccess.objects.select_for_update(of=("self",)).get(connection=connection)
        try:
            if access.ends_at and access.access_token and clock.now() < access.ends_at - MARGIN:
                return access.access_token
            granted = _renewed(connection, access)
        except SecretUnreadable as error:
            raise NotLetIn("secret_unreadable", str(error)) from error
        store_granted(access, granted)
    return granted.access


def store_granted(access: AccountingAccess, granted: Granted) -> None:
    """Keep a pair in the locked row. A server that gives no new renewal token lets us use the old one on."""
    access.access_token = granted.access
    access.refresh_token = granted.refresh or access.refresh_token
    access.renewed_at = clock.now()
    access.ends_at = access.renewed_at + timedelta(seconds=granted.seconds)
    access.save()


def _renewed(connection: AccountingConnection, access: AccountingAccess) -> Granted:
    if not access.refresh_token:
        raise NotLetIn("not_connected")
    if connection.system == AccountingSystem.EXACT and access.renewed_at:
        wait = access.renewed_at + EXACT_RENEWS_EVERY - clock.now()
        if wait > timedelta(0):
            raise Unwell(LIMIT_REACHED, "a token was asked for a moment ago", retry_after=wait)
    return SYSTEMS[connection.system].renew(
        client_id=connection.client_id, client_secret=connection.client_secret, refresh_token=access.refresh_token
    )


def _pace_of(connection: AccountingConnection) -> Callable[[], None]:
    """Counts a call before it is made: both systems allow sixty a minute and five thousand a day for an app and administration."""
    name = f"{connection.system}:{connection.client_id}:{connection.administration}"

    def pace() -> None:
        try:
            take_token(f"accounting_minute:{name}", limit=CALLS_PER_MINUTE, seconds=60)
            take_token(f"accounting_day:{name}", limit=CALLS_PER_DAY, seconds=SECONDS_OF_A_DAY)
        except TooMany as error:
            raise Unwell(LIMIT_REACHED, retry_after=timedelta(seconds=error.retry_after)) from error

    return pace
