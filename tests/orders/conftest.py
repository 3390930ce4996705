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
