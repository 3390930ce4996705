"""Connecting a company with its accounting system: a person says yes there, and we keep what lets us in."""

from base64 import urlsafe_b64encode
from datetime import timedelta
from hashlib import sha256
from secrets import token_urlsafe

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock, outbound
from apps.core.crypto import SecretUnreadable
from apps.core.errors import Conflict, Refused
from apps.core.oauth import Granted
from apps.core.records import ref_to
from apps.finance.choices import EXPORTING, AccountingSystem, ConnectionStatus, MappingSubject
from apps.finance.clients.accounting import Wire
from apps.finance.models import AccountingAccess, AccountingCode, AccountingConnection, AccountingHealth, LedgerAccount
from apps.finance.services.accounting.access import SYSTEMS, client_for, store_granted
from apps.finance.services.accounting.doorbell import doorbell
from apps.finance.services.accounting.queueing import queue_missing_of
from apps.finance.services.accounting.wording import SUBJECTS, Codes

ANSWERED_WITHIN = timedelta(minutes=15)
CALLBACK = "admin:accounting_connected"
EXACT_SALES_JOURNAL = "70"  # as Exact Online makes it in a new administration
OURS = {MappingSubject.REVENUE: "revenue", MappingSubject.CREDITS: "credits", MappingSubject.BANK: "bank"}


@transaction.atomic
def save_connection(*, connection: AccountingConnection, by: User | None) -> AccountingConnection:
    """Store a connection whose fields were checked; a new one gets our own codes to begin with."""
    connection.save()
    AccountingAccess.objects.get_or_create(connection=connection)
    AccountingHealth.objects.get_or_create(connection=connection)
    known = set(connection.codes.values_list("subject", flat=True))
    for subject in SUBJECTS[connection.system]:
        if subject not in known:
            AccountingCode.objects.create(connection=connection, subject=subject, code=_own_code(connection, subject))
    return connection


def redirect_uri() -> str:
    """Where the system sends a person back to; it is registered with our app there."""
    return f"{settings.PUBLIC_BASE_URL}{reverse(CALLBACK)}"


@transaction.atomic
def begin_connecting(*, connection: AccountingConnection, by: User | None) -> str:
    """The address where a person lets us in; what comes back is taken from that person alone, once, for a quarter of an hour.

    Raises:
        Refused: codes_missing; another_in_use; secret_unreadable.
    """
    if missing := Codes(connection).missing(connection.system):
        raise Refused(_("First fill in: %(codes)s.") % {"codes": ", ".join(missing)}, code="codes_missing")
    _refuse_second(connection)
    access = _locked_access(connection)
    state, verifier = token_urlsafe(32), token_urlsafe(48)
    access.state_hash, access.state_verifier = _hashed(state), verifier
    access.state_user_id, access.state_until = by.pk if by else None, clock.now() + ANSWERED_WITHIN
    access.save()
    return SYSTEMS[connection.system].authorize_url(
        client_id=connection.client_id, redirect_uri=redirect_uri(), state=state, challenge=_challenge(verifier)
    )


def finish_connecting(*, state: str, code: str, by: User | None) -> AccountingConnection:
    """Take what the system gave the person who was asked, and begin to send. Call it outside a transaction.

    Raises:
        Refused: state_unknown; not_let_in, with what they say; choose_administration.
    """
    connection, verifier = _asked_for(state, by)
    system = SYSTEMS[connection.system]
    try:
        granted = system.exchange(
            client_id=connection.client_id,
            client_secret=connection.client_secret,
            redirect_uri=redirect_uri(),
            code=code,
            verifier=verifier,
        )
    except outbound.OutboundError as error:
        raise _not_let_in(error) from error
    _keep(connection, granted)
    return _open(connection, by)


def test_connection(*, connection: AccountingConnection, by: User | None) -> AccountingConnection:
    """Ask the system who it thinks we are; one that was broken, or not yet open, goes on where it answers.

    Call it outside a transaction.

    Raises:
        Refused: not_let_in, with what they say; choose_administration; another_in_use.
    """
    return _open(connection, by)


@transaction.atomic
def pause_connection(*, connection: AccountingConnection, by: User | None) -> AccountingConnection:
    """Send nothing. What is booked meanwhile waits.

    Raises:
        Conflict: not_connected.
    """
    return _moved(connection, ConnectionStatus.CONNECTED, ConnectionStatus.PAUSED)


@transaction.atomic
def resume_connection(*, connection: AccountingConnection, by: User | None) -> AccountingConnection:
    """Send again, what waited first.

    Raises:
        Conflict: not_paused.
    """
    resumed = _moved(connection, ConnectionStatus.PAUSED, ConnectionStatus.CONNECTED)
    _begin_anew(resumed)
    return resumed


@transaction.atomic
def disconnect(*, connection: AccountingConnection, by: User | None) -> AccountingConnection:
    """Forget what lets us in. Nothing more is put in line; what is in line waits for a new connection."""
    held = _locked(connection)
    access = _locked_access(held)
    access.access_token = access.refresh_token = access.state_hash = access.state_verifier = ""
    access.renewed_at = access.ends_at = access.state_user_id = access.state_until = None
    access.save()
    held.status, held.status_reason = ConnectionStatus.NEW, ""
    held.save(update_fields=["status", "status_reason"])
    return held


def _own_code(connection: AccountingConnection, subject: MappingSubject) -> str:
    if subject in (MappingSubject.SALES_JOURNAL, MappingSubject.CREDIT_JOURNAL):
        return EXACT_SALES_JOURNAL
    accounts = LedgerAccount.objects.filter(business_entity=connection.business_entity_id, role=OURS.get(subject, ""))
    return accounts.values_list("code", flat=True).first() or ""


@transaction.atomic
def _asked_for(state: str, by: User | None) -> tuple[AccountingConnection, str]:
    """The connection that a person was sent away for. The question is answered by this, whatever comes of it."""
    access = (
        AccountingAccess.objects.select_for_update(of=("self",))
        .select_related("connection__business_entity")
        .filter(state_hash=_hashed(state), state_until__gt=clock.now())
        .first()
    )
    if access is None or by is None or access.state_user_id != by.pk:
        raise Refused(_("This answer was not expected, or came too late. Connect again."), code="state_unknown")
    try:
        verifier = access.state_verifier
    except SecretUnreadable as error:
        raise Refused(_("The secret cannot be read. Connect again."), code="secret_unreadable") from error
    access.state_hash = access.state_verifier = ""
    access.state_user_id = access.state_until = None
    access.save()
    return access.connection, verifier


@transaction.atomic
def _keep(connection: AccountingConnection, granted: Granted) -> None:
    store_granted(_locked_access(connection), granted)


def _open(connection: AccountingConnection, by: User | None) -> AccountingConnection:
    try:
        client, wire = client_for(connection)
        found = client.administrations()
    except outbound.OutboundError as error:
        raise _not_let_in(error) from error
    return _opened(connection, _administration(connection, found), wire, by)


def _administration(connection: AccountingConnection, found: dict[str, str]) -> str:
    """Which of the administrations there it is: the one that was filled in, or the only one.

    Exact names the one that is open there; we may use any other of the same person.
    """
    chosen = connection.administration
    if chosen and (chosen in found or connection.system == AccountingSystem.EXACT):
        return chosen
    if not chosen and len(found) == 1:
        return next(iter(found))
    listed = ", ".join(f"{key} ({name})" for key, name in found.items()) or "–"
    raise Refused(
        _("Fill in one of these administrations, then test the connection: %(found)s.") % {"found": listed},
        code="choose_administration",
    )


@transaction.atomic
def _opened(connection: AccountingConnection, administration: str, wire: Wire, by: User | None) -> AccountingConnection:
    held = _locked(connection)
    log_act(AuditAction.TEST, ref_to(held), context={"calls": [made.url for made in wire.calls]})
    if held.status != ConnectionStatus.PAUSED:
        _refuse_second(held)
        held.status, held.status_reason = ConnectionStatus.CONNECTED, ""
        _begin_anew(held)
    held.administration = administration
    held.save(update_fields=["administration", "status", "status_reason"])
    queue_missing_of(held)
    return held


def _moved(connection: AccountingConnection, source: ConnectionStatus, target: ConnectionStatus) -> AccountingConnection:
    held = _locked(connection)
    if held.status != source:
        raise Conflict(_("The connection is not in that state any more."), code=f"not_{source}", current=held.status)
    held.status, held.status_reason = target, ""
    held.save(update_fields=["status", "status_reason"])
    return held


def _begin_anew(connection: AccountingConnection) -> None:
    AccountingHealth.objects.filter(connection=connection).update(
        consecutive_failures=0, refusals=0, refusals_since=None, resume_at=None
    )
    doorbell.ring_after_commit()


def _refuse_second(connection: AccountingConnection) -> None:
    others = AccountingConnection.objects.filter(business_entity=connection.business_entity_id, status__in=EXPORTING)
    if others.exclude(pk=connection.pk).exists():
        raise Refused(_("Another connection of this company is in use: disconnect that one first."), code="another_in_use")


def _not_let_in(error: outbound.OutboundError) -> Refused:
    said = error.detail or error.code
    return Refused(_("It does not let us in: %(error)s.") % {"error": said}, code="not_let_in", reason=error.code)


def _locked(connection: AccountingConnection) -> AccountingConnection:
    rows = AccountingConnection.objects.select_related("business_entity").select_for_update(of=("self",))
    return rows.get(pk=connection.pk)


def _locked_access(connection: AccountingConnection) -> AccountingAccess:
    return AccountingAccess.objects.select_for_update(of=("self",)).get(connection=connection)


def _hashed(state: str) -> str:
    return sha256(state.encode()).hexdigest()


def _challenge(verifier: str) -> str:
    """What a system that knows PKCE later checks the verifier against (RFC 7636, S256)."""
    digest = sha256(verifier.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
