"""Staff's pages of finance: people of the roles, the acts behind the buttons, for the companies that are theirs."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.accounts.choices import Role
from apps.finance.models import Invoice, LedgerAccount
from tests.factories.accounts import UserFactory
from tests.factories.organizations import MembershipFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.orders.conftest import load

INVOICES = reverse("admin:finance_invoice_changelist")
ACCOUNTS = reverse("admin:finance_ledgeraccount_changelist")


@pytest.fixture
def log_in(client, company):
    load("010_groups.json")

    def as_one_of(role):
        user = UserFactory(staff=True)
        user.groups.add(Group.objects.get(name=role))
        MembershipFactory(user=user, business_entity=company)
        client.force_login(user)
        return client

    return as_one_of


def page(invoice):
    return reverse("admin:finance_invoice_change", args=[invoice.pk])


def press(client, invoice, slug, **answers):
    return client.post(f"{page(invoice)[: -len('change/')]}do/{slug}/", answers, follow=True)


def offered(client, invoice):
    return {each["button"].slug for each in client.get(page(invoice)).context["record_buttons"]}


def test_people_of_finance_read_and_a_manager_approves_and_credits_once(log_in, company):
    draft = generated(completed_order(company), draft=True)
    finance = log_in(Role.FINANCE)
    assert [invoice.pk for invoice in finance.get(INVOICES).context["cl"].result_list] == [draft.pk]
    assert offered(finance, draft) == {"set-customer-reference", "cancel-draft"}
    press(finance, draft, "approve-invoice")
    assert Invoice.objects.get(pk=draft.pk).status == "draft"

    manager = log_in(Role.MANAGER)
    assert "approve-invoice" in offered(manager, draft)
    press(manager, draft, "approve-invoice")
    approved = Invoice.objects.get(pk=draft.pk)
    assert (approved.status, offered(manager, approved)) == ("approved", {"send-invoice", "invoice-credit", "write-off-request"})
    press(manager, draft, "approve-invoice")  # a second click
    assert Invoice.objects.get(pk=draft.pk).version == approved.version

    press(manager, approved, "invoice-credit")
    assert Invoice.objects.get(pk=draft.pk).status == "approved"  # without a reason nothing happens
    answer = press(manager, approved, "invoice-credit", reason="Verkeerde prijs")
    note = Invoice.objects.get(credited_invoice=draft)
    assert answer.redirect_chain[-1][0] == page(note)
    assert offered(manager, note) == {"send-invoice"}


def test_a_draft_is_dropped_for_a_reason_and_its_order_is_open_again(log_in, company):
    order = completed_order(company)
    draft = generated(order, draft=True)

    press(log_in(Role.FINANCE), draft, "cancel-draft", reason="Eerst bellen")

    assert Invoice.objects.get(pk=draft.pk).status == "cancelled"
    assert generated(order).invoice_number is not None


def test_what_the_law_asks_for_is_named_on_the_page(log_in, company):
    draft = generated(completed_order(company), draft=True)
    company.bank_accounts.update(is_primary=False)

    answer = press(log_in(Role.MANAGER), draft, "approve-invoice")

    assert "De bankrekening van het bedrijf." in answer.context["form"].non_field_errors()
    assert Invoice.objects.get(pk=draft.pk).status == "draft"


def test_another_companys_invoices_are_not_there(log_in):
    theirs = generated(completed_order(company_with_books("laderthuis")))
    finance = log_in(Role.FINANCE)

    assert list(finance.get(INVOICES).context["cl"].result_list) == []
    assert finance.get(page(theirs)).status_code in (302, 404)


def test_of_an_account_that_is_there_only_the_name_changes(log_in, company):
    account = LedgerAccount.objects.get(business_entity=company, role="revenue")
    address = reverse("admin:finance_ledgeraccount_change", args=[account.pk])

    answer = log_in(Role.ADMIN).post(address, {"name": "Omzet laadpalen", "code": "9999", "role": "bank", "kind": "asset"})

    assert answer.status_code == 302
    changed = LedgerAccount.objects.get(pk=account.pk)
    assert (changed.name, changed.code, changed.role, changed.kind) == ("Omzet laadpalen", "8000", "revenue", "revenue")
    assert log_in(Role.FINANCE).post(address, {"name": "X"}).status_code == 403
