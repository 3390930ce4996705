"""A partner with a key, and the orders it sends."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey
from apps.accounts.services import create_api_key
from apps.partners.models import PartnerIntegration
from apps.partners.presets import PRESETS
from apps.partners.services import apply_preset
from tests.factories.accounts import UserFactory
from tests.factories.catalog import ArticleFactory
from tests.factories.organizations import MembershipFactory, OrganizationFactory
from tests.factories.partners import PartnerIntegrationFactory, PartnerOrderReferenceFactory
from tests.partners.desk import address, as_user, manager_of
from tests.partners.endpoints import NOON, Endpoint

PAYLOADS = Path(__file__).resolve().parents[2] / "fixtures" / "payloads"


def sample(name: str) -> dict[str, Any]:
    """A message of `fixtures/payloads`."""
    return json.loads((PAYLOADS / name).read_text())


@dataclass
class Partner:
    """Somebody outside who posts orders over HTTP."""

    integration: PartnerIntegration
    key: ApiKey
    api_key: str

    @property
    def path(self) -> str:
        return f"/api/v1/partners/{self.integration.partner_organization.slug}/orders"

    def post(self, payload: Any, *, path: str = "", api_key: str | None = None, **headers: str) -> Any:
        """Post bytes as they are, anything else as JSON."""
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return Client(raise_request_exception=False).generic(
            "POST",
            path or self.path,
            body,
            content_type=headers.pop("content_type", "application/json"),
            headers={"Authorization": f"Bearer {self.api_key if api_key is None else api_key}", **headers},
        )


def partner_with_key(integration: PartnerIntegration, *, live: bool = True, scopes: tuple[str, ...] = ("api.access",)) -> Partner:
    user = UserFactory(service=True)
    MembershipFactory(user=user, organization=integration.partner_organization, business_entity=None)
    key, api_key = create_api_key(user=user, name="test", live=live, scopes=scopes, expires_at=None, by=None)
    return Partner(integration=integration, key=key, api_key=api_key)


@pytest.fixture
def canonical() -> Callable[..., dict[str, Any]]:
    """A fresh message in our own shape; members given replace its own, None removes one."""

    def make(**members: Any) -> dict[str, Any]:
        message = deepcopy(sample("canonical.json")) | members
        return {name: value for name, value in message.items() if value is not None}

    return make


@pytest.fixture
def partner(db: None) -> Partner:
    """A partner that sends our own shape, with a live key and room for many requests."""
    return partner_with_key(PartnerIntegrationFactory(rate_limit_config={"requests_per_minute": 60_000}))


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    with endpoint.receiver:
        yield endpoint


@pytest.fixture
def integration(endpoint) -> PartnerIntegration:
    return PartnerIntegrationFactory(webhook_url=endpoint.receiver.url("zon"))


@pytest.fixture
def reference(integration):
    return PartnerOrderReferenceFactory(integration=integration)


@pytest.fixture
def at() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def groendus(db: None) -> PartnerIntegration:
    """A partner with a dialect of its own, whose articles we have."""
    for article_number in PRESETS["groendus"].skus.values():
        ArticleFactory(article_number=article_number, list_price=Decimal("89.0000"))
    integration = PartnerIntegrationFactory(
        partner_organization=OrganizationFactory(partner=True, slug="groendus", name="Groendus"),
        webhook_url="https://partner.example.com/hook",
        rate_limit_config={"requests_per_minute": 60_000},
    )
    return apply_preset(integration=integration, preset="groendus", by=None)


@pytest.fixture
def attempt(groendus: PartnerIntegration) -> Callable[..., Any]:
    """Try a message, as somebody who manages the integration."""
    client = as_user(manager_of(groendus, Scope.ADMIN_INTEGRATIONS))

    def post(payload: Any, **form: str) -> Any:
        text = payload if isinstance(payload, str) else json.dumps(payload)
        return client.post(address(groendus), {"payload": text, **form})

    return post


@pytest.fixture
def manager(integration: PartnerIntegration) -> Client:
    """Somebody of the integration's company who manages integrations."""
    return as_user(manager_of(integration, Scope.ADMIN_INTEGRATIONS))
