"""The log is cut by month, ahead of time, and forgets a month once no record needs it."""

from datetime import UTC, datetime

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.utils import ProgrammingError

from apps.accounts.models import User
from apps.audit.models import AuditLog
from apps.audit.services import keep_partitions

THIS_MONTH = datetime.now(UTC).replace(day=1)


def partition_of(month: datetime) -> str:
    return f"audit_logs_{month:%Y_%m}"


def partitions(owner) -> set[str]:
    rows = owner.execute("SELECT relid::regclass::text FROM pg_partition_tree('audit_logs') WHERE isleaf")
    return {name for (name,) in rows}


def make_partition(owner, month: datetime) -> str:
    after = month + relativedelta(months=1)
    owner.execute(
        f"CREATE TABLE {partition_of(month)} PARTITION OF audit_logs"
        f" FOR VALUES FROM ('{month:%Y-%m}-01 00:00+00') TO ('{after:%Y-%m}-01 00:00+00')"
    )
    return partition_of(month)


@pytest.fixture
def owner(real_commits, as_owner):
    return as_owner


AHEAD = {partition_of(THIS_MONTH + relativedelta(months=months)) for months in range(4)} | {"audit_logs_default"}


def test_this_month_and_three_more_are_ready(owner):
    keep_partitions()
    keep_partitions()

    assert partitions(owner) == AHEAD


def test_a_row_lands_in_the_partition_of_its_month(owner):
    User(email="jan@example.com", password="a-hash").save()

    rows = owner.execute("SELECT DISTINCT tableoid::regclass::text FROM audit_logs WHERE table_name = 'user_account'")
    assert rows.fetchall() == [(partition_of(THIS_MONTH),)]


def test_the_application_makes_a_missing_partition(owner):
    last = partition_of(THIS_MONTH + relativedelta(months=3))
    owner.execute(f"DROP TABLE {last}")

    keep_partitions()

    assert partitions(owner) == AHEAD


def test_without_a_partition_the_write_is_logged_all_the_same(owner):
    owner.execute(f"DROP TABLE {partition_of(THIS_MONTH)}")

    User(email="jan@example.com", password="a-hash").save()
    keep_partitions()

    assert AuditLog.objects.filter(table_name="user_account").count() == 1
    assert partitions(owner) == AHEAD - {partition_of(THIS_MONTH)}


def test_a_month_is_dropped_when_ten_years_have_passed_since_it_and_not_before(owner):
    old = make_partition(owner, THIS_MONTH - relativedelta(months=122))
    young = make_partition(owner, THIS_MONTH - relativedelta(months=120))

    keep_partitions()

    assert partitions(owner) - AHEAD == {young}
    assert old not in partitions(owner)


def test_a_new_partition_is_closed_to_the_application(owner):
    rows = owner.execute(
        "SELECT relid::regclass::text FROM pg_partition_tree('audit_logs')"
        " WHERE isleaf AND has_table_privilege(%s, relid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')",
        [connection.settings_dict["USER"]],
    )

    assert rows.fetchall() == []


def test_the_owner_makes_the_partition_of_any_month_and_the_application_none(owner):
    past = THIS_MONTH - relativedelta(months=20)

    owner.execute("SELECT chargecars_make_audit_partition(%s)", [past.date()])
    owner.execute("SELECT chargecars_make_audit_partition(%s)", [past.date()])

    assert partitions(owner) == AHEAD | {partition_of(past)}
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("SELECT chargecars_make_audit_partition(%s)", [(past - relativedelta(months=1)).date()])
