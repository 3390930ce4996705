"""Somebody of the house who manages a partner's integration, at the page on which messages are tried."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.partners.models import PartnerIntegration
from apps.partners.services import Trial
from apps.partners.simulator import samples
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory


def manager_of(integration: PartnerIntegration, *scopes: Scope) -> User:
    """A colleague of the integration's company with the pages of partners and these scopes."""
    colleague = UserFactory(staff=True)
    names = [
        *("view_partnerintegration", "view_partnerdelivery", "view_partnerorderreference"),
        *(scope.codename for scope in scopes),
    ]
    colleague.user_permissions.set(Permission.objects.filter(codename__in=names))
    MembershipFactory(user=colleague, business_entity=integration.business_entity)
    return colleague


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(integration: PartnerIntegration) -> str:
    return reverse("admin:partners_partnerintegration_try", args=[integration.pk])


def message() -> dict[str, Any]:
    """A fresh order in the dialect of Groendus."""
    return samples("groendus")[0]


def trial_of(answer: Any) -> Trial:
    assert answer.status_code == 200
    return answer.context["trial"]


def page(integration: PartnerIntegration, name: str = "change", *more: str) -> str:
    return reverse(f"admin:partners_partnerintegration_{name}", args=[integration.pk, *more])


def seen(client: Client, integration: PartnerIntegration) -> Any:
    answer = client.get(page(integration), headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.context


def press(client: Client, integration: PartnerIntegration, slug: str, **answers: str) -> Any:
    return client.post(page(integration, "button", slug), answers, headers={"accept-language": "en"}, follow=True)


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def fresh(integration: PartnerIntegration) -> PartnerIntegration:
    return PartnerIntegration.objects.get(pk=integration.pk)
