"""A company's account at Mollie: how it is called, and whether its key works."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.choices import AuditAction
from apps.audit.services import log_act
from apps.core import clock
from apps.core.crypto import SecretUnreadable
from apps.core.errors import Refused, Text
from apps.core.records import RecordRef
from apps.finance.clients.mollie import Made, Mollie, MollieError, MollieRefused
from apps.finance.models import MollieConnection, OnlinePayment
from apps.gateway.choices import Direction
from apps.gateway.services import log_call

INTEGRATION = "Mollie"

FAILURES: dict[str, Text] = {
    "key_refused": _("Mollie does not accept the key."),
    "timeout": _("Mollie did not answer in time."),
    "bad_answer": _("Mollie answered something that cannot be read."),
    "http_429": _("Mollie asks us to wait."),
    "disagrees": _("What Mollie says of this payment is not what was asked for."),
    "secret_unreadable": _("The key cannot be read. Enter it again."),
    "not_started": _("It was not started at Mollie."),
}


def in_words(code: str, detail: str = "") -> str:
    """What went wrong, for people."""
    said = str(FAILURES.get(code, _("Mollie did not do what was asked (%(code)s).") % {"code": code}))
    return f"{said} {detail}".strip() if detail else said


def mollie_of(connection: MollieConnection) -> Mollie:
    """Mollie by a company's key.

    Raises:
        MollieError: secret_unreadable.
    """
    try:
        key = connection.api_key
    except SecretUnreadable as error:
        raise MollieError("secret_unreadable", str(error)) from error

    def note(made: Made) -> None:
        log_call(
            direction=Direction.OUT,
            integration=f"{INTEGRATION} {connection.business_entity}",
            method=made.method,
            endpoint=made.endpoint,
            occurred_at=made.started_at,
            response_status=made.status,
            response_time_ms=made.elapsed_ms,
            request_size_bytes=made.sent_bytes,
            response_size_bytes=made.got_bytes,
            error_code=made.error_code,
            error_message=made.error_detail,
        )

    return Mollie(url=settings.MOLLIE_API_URL, key=key, note=note)


def account_of(online: OnlinePayment) -> Mollie:
    """Mollie by the key of the company whose payment it is.

    Raises:
        MollieError: key_refused, where the company has none any more; secret_unreadable.
    """
    rows = MollieConnection.objects.select_related("business_entity")
    connection = rows.filter(business_entity=online.business_entity_id).first()
    if connection is None:
        raise MollieRefused("key_refused")
    return mollie_of(connection)


@dataclass(frozen=True, kw_only=True)
class ConnectionTest:
    """What came of trying a key."""

    account_name: str = ""
    methods: tuple[str, ...] = ()
    problem: str = ""


def mollie_connection_test(*, connection: MollieConnection, by: User | None) -> ConnectionTest:
    """Ask Mollie whose key it is and which methods are enabled, and keep what it says.

    Call it outside a transaction: the call may take ten seconds.

    Raises:
        Refused: test_key, when production is to work with one.
    """
    if settings.PRODUCTION and connection.is_test:
        raise Refused(_("This is a test key: with it no invoice is ever paid."), code="test_key")
    try:
        account = mollie_of(connection).account()
    except MollieError as error:
        _log(connection, error.code)
        return ConnectionTest(problem=in_words(error.code, error.detail))
    _keep(connection, account.name, account.methods)
    return ConnectionTest(account_name=account.name, methods=account.methods)


@transaction.atomic
def _keep(connection: MollieConnection, name: str, methods: tuple[str, ...]) -> None:
    connection.account_name, connection.methods, connection.tested_at = name, list(methods), clock.now()
    connection.save(update_fields=["account_name", "methods", "tested_at"])
    _log(connection, "")


def _log(connection: MollieConnection, code: str) -> None:
    about = RecordRef(entity_type=MollieConnection.entity_type, entity_id=connection.pk)
    log_act(AuditAction.TEST, about, context={"error_code": code})
