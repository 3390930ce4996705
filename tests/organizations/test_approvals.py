"""Two people for one act: an IBAN that somebody typed is used once another with the right has approved it."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from apps.accounts.choices import Role
from apps.audit.models import AuditLog
from apps.core.contributions import Viewer
from apps.core.errors import Conflict, DomainError, Forbidden, Malformed, NotFound, Refused
from apps.organizations import services
from apps.organizations.contributions import approval_tiles
from apps.organizations.models import ApprovalRequest, BankAccount, Organization
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.factories.organizations import BankAccountFactory, BusinessEntityFactory, MembershipFactory, OrganizationFactory
from tests.orders.conftest import load, user_with

OLD, NEW, OTHER = "NL91ABNA0417164300", "NL20INGB0001234567", "NL39RABO0300065264"


@pytest.fixture
def partner(db):
    return OrganizationFactory(partner=True, name="Zonnestroom B.V.", iban=OLD)


@pytest.fixture
def asker(db):
    return user_with(models=["change_organization"])


@pytest.fixture
def approver(db):
    return user_with("finance.approve")


def asked(holder, by, iban=NEW, reason="Brief van 2 maart"):
    return services.ask_for_iban(holder=holder, iban=iban, reason=reason, by=by)


def now(record):
    return type(record).objects.get(pk=record.pk)


def test_a_changed_iban_holds_once_another_approved_it(partner, asker, approver):
    approval = asked(partner, asker)
    assert now(partner).iban == OLD
    assert (approval.previous_iban, approval.iban, approval.state, approval.label) == (OLD, NEW, "waiting", "Zonnestroom B.V.")

    services.approve_request(approval=approval, by=approver)

    assert now(partner).iban == NEW
    decided = now(approval)
    assert (decided.state, decided.requested_by, decided.decided_by) == ("approved", asker, approver)
    logged = AuditLog.objects.filter(table_name="organization", record_id=str(partner.pk), new_values__iban=NEW)
    assert [(each.old_values["iban"], each.reason) for each in logged] == [(OLD, f"{asker}: Brief van 2 maart")]


WHO = ("self", "without_right", "of_another_company", "colleague")


@pytest.mark.parametrize(("who", "act"), list(product(WHO, ("approve", "reject"))))
@pytest.mark.django_db
def test_who_may_decide(who, act):
    """The requester never, nobody without the right, nobody of another company: and what is refused changes nothing."""
    company = BusinessEntityFactory()
    customer = OrganizationFactory(business_entity=company, iban=OLD)
    asker = user_with("finance.approve", entity=company)
    people = {
        "self": asker,
        "without_right": user_with("finance.payments", entity=company),
        "of_another_company": user_with("finance.approve", entity=BusinessEntityFactory(entity_code="laderthuis")),
        "colleague": user_with("finance.approve", entity=company),
    }
    approval = asked(customer, asker)

    def decide():
        if act == "approve":
            return services.approve_request(approval=approval, by=people[who])
        return services.reject_request(approval=approval, reason="Onbekende rekening", by=people[who])

    refusals = {"self": Refused, "without_right": Forbidden, "of_another_company": NotFound}
    if who in refusals:
        with pytest.raises(refusals[who]):
            decide()
        assert (now(approval).state, now(customer).iban) == ("waiting", OLD)
    else:
        decide()
        assert now(customer).iban == (NEW if act == "approve" else OLD)


def test_a_superuser_is_no_exception(partner):
    alone = UserFactory(superuser=True)
    approval = asked(partner, alone)
    with pytest.raises(Refused) as refusal:
        services.approve_request(approval=approval, by=alone)
    assert (refusal.value.code, now(partner).iban) == ("two_people_needed", OLD)
    with pytest.raises(IntegrityError, match="approval_request_two_people"), transaction.atomic():
        ApprovalRequest.objects.filter(pk=approval.pk).update(state="approved", decided_by=alone, decided_at="2026-03-02T10:00Z")
    with pytest.raises(IntegrityError, match="approval_request_two_people"), transaction.atomic():
        ApprovalRequest.objects.filter(pk=approval.pk).update(state="approved", decided_at="2026-03-02T10:00Z")


def test_what_changed_after_it_was_asked_is_not_carried_out(partner, asker, approver):
    approval = asked(partner, asker)
    Organization.objects.filter(pk=partner.pk).update(iban=OTHER)
    with pytest.raises(Conflict) as refusal:
        services.approve_request(approval=approval, by=approver)
    assert (refusal.value.code, now(partner).iban, now(approval).state) == ("iban_moved", OTHER, "waiting")


def test_a_request_is_decided_once(partner, asker, approver):
    approval = asked(partner, asker)
    with pytest.raises(Conflict) as refusal:
        asked(partner, asker, OTHER)
    assert refusal.value.code == "approval_waiting"
    services.reject_request(approval=approval, reason="Onbekende rekening", by=approver)
    assert (now(approval).answer, now(partner).iban) == ("Onbekende rekening", OLD)
    for decide in (services.approve_request, services.withdraw_request):
        with pytest.raises(Conflict) as refusal:
            decide(approval=approval, by=approver)
        assert refusal.value.code == "approval_decided"
    assert now(partner).iban == OLD
    asked(partner, asker, OTHER)


def test_only_the_requester_withdraws(partner, asker, approver):
    approval = asked(partner, asker)
    with pytest.raises(Forbidden) as refusal:
        services.withdraw_request(approval=approval, by=approver)
    assert (refusal.value.code, now(approval).state) == ("approval_of_another", "waiting")
    services.withdraw_request(approval=approval, by=asker)
    assert (now(approval).state, now(partner).iban) == ("withdrawn", OLD)


@pytest.mark.parametrize(
    ("iban", "reason", "code"),
    [
        ("NL20INGB0001234568", "x", "invalid_checksum"),
        ("NL20", "x", "invalid_iban"),
        (OLD, "x", "iban_same"),
        (NEW, " ", "reason_required"),
    ],
)
def test_what_cannot_be_asked(partner, asker, iban, reason, code):
    with pytest.raises(DomainError) as refusal:
        asked(partner, asker, iban, reason)
    codes = [fault.code for fault in refusal.value.fields] or [refusal.value.code]
    assert (codes, ApprovalRequest.objects.count()) == ([code], 0)


def test_an_account_of_ours_keeps_its_iban_until_then(asker, approver):
    account, other = BankAccountFactory(iban=OLD), BankAccountFactory(iban=OTHER)
    with pytest.raises(Malformed):
        asked(account, asker, OTHER)
    services.approve_request(approval=asked(account, asker), by=approver)
    assert (now(account).iban, now(other).iban) == (NEW, OTHER)


def test_two_who_approve_at_once_do_it_once(real_commits):
    partner = OrganizationFactory(partner=True, iban=OLD)
    approval = asked(partner, user_with())
    people = [user_with("finance.approve") for _each in range(3)]

    results = together([lambda by=by: services.approve_request(approval=approval, by=by) for by in people])

    assert sorted(isinstance(each, ApprovalRequest) for each in results) == [False, False, True]
    assert now(partner).iban == NEW


@pytest.fixture
def log_in(client, db):
    load("010_groups.json")
    entity = BusinessEntityFactory()

    def as_one_of(role):
        from django.contrib.auth.models import Group

        user = UserFactory(staff=True)
        user.groups.add(Group.objects.get(name=role))
        MembershipFactory(user=user, business_entity=entity)
        client.force_login(user)
        client.user = user
        return client

    return as_one_of


def form_of(client, page_name, record=None):
    """What a browser would send back of a page that is not touched."""
    page = client.get(reverse(f"admin:organizations_{page_name}", args=[record.pk] if record else []))
    form = page.context["adminform"].form
    fields = {each.html_name: each.value() for each in form}
    management = {}
    for formset in page.context["inline_admin_formsets"]:
        management |= {each.html_name: each.value() for each in formset.formset.management_form}
    given = {key: value for key, value in {**fields, **management}.items() if value is not None}
    return {key: value for key, value in given.items() if value is not False}


def saved(client, page_name, record=None, **answers):
    return client.post(
        reverse(f"admin:organizations_{page_name}", args=[record.pk] if record else []),
        form_of(client, page_name, record) | answers,
    )


def test_on_a_page_a_changed_iban_is_asked_for(log_in, partner):
    seller = log_in(Role.SALES)
    refused = saved(seller, "organization_change", partner, iban=NEW, phone="+31612345678")
    assert (refused.status_code, ApprovalRequest.objects.count(), now(partner).phone) == (200, 0, "")

    answer = saved(seller, "organization_change", partner, iban=NEW, iban_reason="Brief", phone="+31612345678")

    assert answer.status_code == 302
    approval = ApprovalRequest.objects.get()
    assert (approval.iban, approval.reason, approval.requested_by) == (NEW, "Brief", seller.user)
    assert (now(partner).iban, now(partner).phone) == (OLD, "+31612345678")

    manager = log_in(Role.MANAGER)
    manager.post(reverse("admin:organizations_approvalrequest_button", args=[approval.pk, "approve-request"]), {})
    assert now(partner).iban == NEW


def test_a_new_partner_has_no_iban_until_it_is_approved(log_in):
    seller = log_in(Role.SALES)
    new = {"name": "Nieuw B.V.", "organization_type": "partner_energy", "iban": NEW, "iban_reason": "Contract"}
    assert saved(seller, "organization_add", **new).status_code == 302
    made = Organization.objects.get(name="Nieuw B.V.")
    approval = ApprovalRequest.objects.get()
    assert (made.iban, approval.previous_iban, approval.iban) == ("", "", NEW)


def test_a_new_account_of_ours_is_not_used_until_it_is_approved(log_in, approver):
    administrator = log_in(Role.ADMIN)
    entity = BusinessEntityFactory()
    new = {"business_entity": entity.pk, "account_name": "Nieuw", "iban": NEW, "iban_reason": "x", "is_active": "on"}
    assert saved(administrator, "bankaccount_add", **new).status_code == 302
    account = BankAccount.objects.get()
    assert (account.iban, account.is_active, account.is_confirmed) == (NEW, False, False)

    saved(administrator, "bankaccount_change", account, is_active="on", is_primary="on")
    assert (now(account).is_active, entity.primary_bank_account) == (False, None)

    services.approve_request(approval=ApprovalRequest.objects.get(), by=approver)
    assert (now(account).iban, now(account).is_active, now(account).is_confirmed) == (NEW, True, True)


def test_the_requester_sees_why_not(log_in, partner):
    administrator = log_in(Role.ADMIN)
    approval = asked(partner, administrator.user)
    page = administrator.get(reverse("admin:organizations_approvalrequest_change", args=[approval.pk]))
    shown = {each["button"].slug: list(each["button"].refusals) for each in page.context["record_buttons"]}
    assert shown["withdraw-request"] == []
    assert [len(shown[name]) for name in ("approve-request", "reject-request")] == [1, 1]
    administrator.post(reverse("admin:organizations_approvalrequest_button", args=[approval.pk, "approve-request"]), {})
    assert now(approval).state == "waiting"


def test_what_waits_is_told_to_those_who_may_approve(partner, asker, approver):
    viewer = Viewer(user=approver, business_entity=None)
    assert approval_tiles(viewer) == []
    approval = asked(partner, asker)
    assert [tile.value for tile in approval_tiles(viewer)] == [1]
    assert approval_tiles(Viewer(user=asker, business_entity=None)) == []
    services.reject_request(approval=approval, reason="x", by=approver)
    assert approval_tiles(viewer) == []
