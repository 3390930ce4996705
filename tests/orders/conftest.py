import json
from decimal import Decimal

import pytest
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.core.serializers import deserialize

from apps.accounts.choices import Scope
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BusinessEntityFactory, MembershipFactory

REFERENCE = settings.BASE_DIR / "fixtures" / "reference"


def load(name):
    """The rows of a file of reference data that need no other."""
    for row in deserialize("json", (REFERENCE / name).read_text()):
        row.save()


@pytest.fixture
def policies(db):
    load("050_status_policies.json")


@pytest.fixture
def templates(db):
    load("070_message_templates.json")


@pytest.fixture
def entity(db):
    return BusinessEntityFactory(order_approval_threshold=Decimal("5000.00"))


@pytest.fixture
def boss(db):
    return UserFactory(superuser=True, first_name="Pien", last_name="Planner")


def user_with(*scopes, group=None, models=(), entity=None):
    """Somebody of the staff of an entity with these scopes, and Django's rights on these models."""
    user = UserFactory(staff=True)
    codenames = [Scope(scope).codename for scope in scopes]
    wanted = Permission.objects.filter(codename__in=[*codenames, *models])
    assert wanted.count() == len(codenames) + len(models)
    user.user_permissions.set(wanted)
    if group:
        user.groups.add(Group.objects.get_or_create(name=group)[0])
    MembershipFactory(user=user, business_entity=entity or BusinessEntityFactory())
    return user


@pytest.fixture
def seller(db):
    return user_with("sales.orders")


def rows(name):
    return json.loads((REFERENCE / name).read_text())


class Caller:
    """Speaks JSON as one user."""

    def __init__(self, client, user):
        client.force_login(user)
        self.client = client

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path, body):
        return self.client.post(f"/api/v1/{path}", body, content_type="application/json")

    def patch(self, path, body):
        return self.client.patch(f"/api/v1/{path}", body, content_type="application/json")


@pytest.fixture
def api(client, seller):
    return Caller(client, seller)


def assert_refused(answer, status, code, *pointers):
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert [fault["pointer"] for fault in answer.json().get("errors", [])] == list(pointers)
