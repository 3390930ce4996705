"""The account at Mollie in the back office: its key is written and never read, tried, and refused where it is not real."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.accounts.choices import Role
from apps.audit.models import AuditLog
from apps.finance import services
from apps.finance.models import MollieConnection
from apps.gateway.models import ApiUsageLog
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory
from tests.fakes.mollie import KEY
from tests.finance.conftest import completed_order, generated
from tests.finance.online import fresh, mollie_at
from tests.orders.conftest import load

LIVE = "live_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"


@pytest.fixture
def admin(client, company):
    load("010_groups.json")
    user = UserFactory(staff=True)
    user.groups.add(Group.objects.get(name=Role.ADMIN))
    MembershipFactory(user=user, business_entity=company)
    client.force_login(user)
    return client


@pytest.fixture
def mollie(company, settings):
    with mollie_at(settings, entity=company) as fake:
        yield fake


def page(connection, *, do=""):
    address = reverse("admin:finance_mollieconnection_change", args=[connection.pk])
    return f"{address[: -len('change/')]}do/{do}/" if do else address


def test_a_key_is_entered_kept_and_never_shown(admin, company):
    given = {"business_entity": company.pk, "api_key": KEY, "is_active": "on"}
    admin.post(reverse("admin:finance_mollieconnection_add"), given)
    connection = MollieConnection.objects.get()
    assert (connection.api_key, connection.is_test, connection.takes_payments) == (KEY, True, True)

    shown = admin.get(page(connection)).content.decode()
    assert KEY not in shown
    assert KEY[-4:] in shown
    admin.post(page(connection), {"api_key": "", "is_active": ""})
    assert (fresh(connection).api_key, fresh(connection).takes_payments) == (KEY, False)
    assert not AuditLog.objects.filter(new_values__icontains=KEY).exists()


@pytest.mark.parametrize(
    "key", ["", "abc", "test_short", KEY + "\n", "sk_live_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM", "test_" + "a" * 200]
)
def test_what_is_no_key_is_not_kept(admin, company, key):
    given = {"business_entity": company.pk, "api_key": key, "is_active": "on"}
    answer = admin.post(reverse("admin:finance_mollieconnection_add"), given)

    kept = list(MollieConnection.objects.all())
    assert kept == [] or [each.api_key for each in kept] == [KEY]  # a line end around it is none of it
    assert answer.status_code == (302 if kept else 200)


def test_production_refuses_a_test_key(admin, company, settings, mollie):
    settings.PRODUCTION = True
    connection = MollieConnection.objects.get()
    invoice = generated(completed_order(company))

    answer = admin.post(page(connection), {"api_key": KEY, "is_active": "on"})

    assert answer.status_code == 200
    assert services.pay_link(fresh(invoice)) == ""
    admin.post(page(connection), {"api_key": LIVE, "is_active": "on"})
    assert services.pay_link(fresh(invoice)).startswith("http")


def test_a_connection_is_tried(admin, mollie):
    connection = MollieConnection.objects.get()

    told = admin.post(page(connection, do="mollie-connection-test"))

    assert "Laadpalen Demo" in told.content.decode()
    assert (fresh(connection).account_name, fresh(connection).methods) == ("Laadpalen Demo", ["ideal", "creditcard"])
    assert ApiUsageLog.objects.filter(direction="out", integration="Mollie ChargeCars").count() == 2

    mollie.keys.clear()
    assert "Laadpalen Demo" not in admin.post(page(connection, do="mollie-connection-test")).content.decode()
    assert fresh(connection).account_name == "Laadpalen Demo"
