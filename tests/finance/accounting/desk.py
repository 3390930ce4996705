"""A company with an accounting system, and what a test asks of the two."""

from datetime import UTC, date, datetime, timedelta

from apps.finance.choices import MappingSubject
from apps.finance.models import AccountingAccess, AccountingCode, AccountingConnection, AccountingExport
from apps.finance.services import accounting
from tests.factories.accounting import AccountingConnectionFactory
from tests.fakes.exact import DIVISION
from tests.fakes.xero import TENANT

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODES = {
    "exact": {"vat_standard": "2", "vat_reduced": "1", "vat_zero": "0", "vat_reversed": "7", "vat_exempt": "6"},
    "xero": {
        "vat_standard": "OUTPUT21", "vat_reduced": "OUTPUT9", "vat_zero": "NONE", "vat_reversed": "REVERSED",
        "vat_exempt": "EXEMPT",
    },
}  # fmt: skip
ADMINISTRATIONS = {"exact": DIVISION, "xero": TENANT}


def point_exact(settings, fake) -> None:
    settings.EXACT_URL = fake.origin


def point_xero(settings, fake) -> None:
    settings.XERO_LOGIN_URL = settings.XERO_IDENTITY_URL = settings.XERO_API_URL = fake.origin


def new_connection(company, system: str, **fields) -> AccountingConnection:
    """A connection with all codes filled in, to which nobody said yes."""
    made = AccountingConnectionFactory.build(
        business_entity=company, system=system, starts_on=fields.pop("starts_on", date(2026, 1, 1)), **fields
    )
    accounting.save_connection(connection=made, by=None)
    for subject, code in CODES[system].items():
        AccountingCode.objects.filter(connection=made, subject=MappingSubject(subject)).update(code=code)
    return made


def connected(company, fake, system: str, **fields) -> AccountingConnection:
    """A connection that is open: what a person who said yes left behind."""
    made = new_connection(company, system, administration=ADMINISTRATIONS[system], **fields)
    pair = fake.grant()
    access = AccountingAccess.objects.get(connection=made)
    access.access_token, access.refresh_token = pair["access_token"], pair["refresh_token"]
    access.renewed_at, access.ends_at = datetime.now(UTC), datetime.now(UTC) + timedelta(seconds=int(pair["expires_in"]))
    access.save()
    AccountingConnection.objects.filter(pk=made.pk).update(status="connected")
    return AccountingConnection.objects.get(pk=made.pk)


def states() -> list[tuple[str, str]]:
    """Every row in the order of its line: what it is, and where it stands."""
    return list(AccountingExport.objects.order_by("sequence").values_list("kind", "state"))


def fresh(record):
    return type(record).objects.get(pk=record.pk)
