from datetime import UTC, datetime

import pytest

from apps.workflow import services
from apps.workflow.registry import registry
from tests.factories.accounts import UserFactory

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture
def planner(db):
    return UserFactory(superuser=True, first_name="Pien", last_name="Planner")


@pytest.fixture
def colleague(db):
    return UserFactory(staff=True, first_name="Bram", last_name="Bakker")


@pytest.fixture
def task(planner):
    return services.create_task(title="Bel de klant terug", assigned_to=planner, created_by=planner)


@pytest.fixture
def plugs(monkeypatch):
    """The engine's registry, put back after the test."""
    monkeypatch.setattr(registry, "requirements", dict(registry.requirements))
    monkeypatch.setattr(registry, "acts", dict(registry.acts))
    return registry
