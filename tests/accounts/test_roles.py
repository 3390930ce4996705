"""Roles as reference data, and scopes as rights."""

import shutil

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.management import call_command

from apps.accounts.choices import Role, Scope
from apps.accounts.models import User
from tests.factories.accounts import UserFactory

FILE = settings.BASE_DIR / "fixtures" / "reference" / "010_groups.json"


@pytest.fixture
def roles(db, tmp_path) -> None:
    shutil.copy(FILE, tmp_path)
    call_command("load_reference", folder=tmp_path, verbosity=0)


def holder(role: Role) -> User:
    user = UserFactory(staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def scopes_of(role: Role) -> set[str]:
    user = holder(role)
    return {scope.value for scope in Scope if user.has_scope(scope)}


def test_every_role_is_loaded(roles) -> None:
    assert set(Group.objects.values_list("name", flat=True)) == set(Role.values)


def test_an_administrator_has_every_scope(roles) -> None:
    assert scopes_of(Role.ADMIN) == set(Scope.values)


def test_an_administrator_opens_every_page(roles) -> None:
    administrator = holder(Role.ADMIN)

    closed = [
        model._meta.label
        for model in admin.site._registry
        if model.__module__.startswith("apps.")
        and not administrator.has_perm(f"{model._meta.app_label}.view_{model._meta.model_name}")
    ]

    assert closed == []


@pytest.mark.parametrize("role", [Role.FINANCE, Role.MANAGER, Role.AUDITOR])
def test_who_deals_with_money_reads_the_books_and_writes_none(roles, role) -> None:
    """What may be added is no booking: a file of the bank, a batch of payouts; both are acts of their own."""
    rights = {name for name in holder(role).get_all_permissions() if name.startswith("finance.")}

    assert {"finance.view_invoice", "finance.view_payment", "finance.view_journalentry", "finance.view_ledgeraccount"} <= rights
    begun = {"finance.add_bankfile", "finance.add_paymentbatch"} if role == Role.FINANCE else set()
    assert {name for name in rights if ".view_" not in name} == begun


def test_the_weightiest_scopes_are_held_by_few(roles) -> None:
    held = {role: scopes_of(role) for role in Role}

    assert {role for role in Role if Scope.FINANCE_APPROVE in held[role]} == {Role.ADMIN, Role.MANAGER}
    assert {role for role in Role if Scope.FINANCE_CREDIT in held[role]} == {Role.ADMIN, Role.MANAGER}
    for scope in (Scope.ADMIN_SETTINGS, Scope.ADMIN_USERS, Scope.ADMIN_INTEGRATIONS, Scope.MULTI_ENTITY):
        assert {role for role in Role if scope in held[role]} == {Role.ADMIN}


def test_an_auditor_reads_and_writes_nothing(roles) -> None:
    permissions = {permission.partition(".")[2] for permission in holder(Role.AUDITOR).get_all_permissions()}

    assert {name.partition("_")[0] for name in permissions} == {"view", "scope"}


def test_nobody_deletes_what_the_business_did(roles) -> None:
    rights = {name for role in Role for name in holder(role).get_all_permissions()}

    assert {name for name in rights if ".delete_" in name and "celery" not in name} == {"organizations.delete_membership"}


def test_a_scope_brings_what_it_includes(db) -> None:
    from django.contrib.auth.models import Permission

    user = UserFactory()
    user.user_permissions.add(Permission.objects.get(codename=Scope.SALES_ORDERS.codename))

    assert user.has_scope("sales.orders")
    assert user.has_scope("sales.quotes")
    assert user.has_scope("finance.approve", "sales.orders")
    assert not user.has_scope("sales.pricing")


def test_a_superuser_has_all_and_an_inactive_one_none(db) -> None:
    superuser, former = UserFactory(superuser=True), UserFactory(superuser=True, is_active=False)

    assert all(superuser.has_scope(scope) for scope in Scope)
    assert not any(former.has_scope(scope) for scope in Scope)


def test_a_misspelt_scope_is_a_mistake_and_no_refusal(db) -> None:
    with pytest.raises(ValueError, match=r"sales\.ordrs"):
        UserFactory().has_scope("sales.ordrs")
