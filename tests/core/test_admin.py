"""What every page of the back office has: scope, buttons that ask and refuse, a history that can be read."""

import json
from http import HTTPStatus

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.communication.models import CommunicationTemplate
from apps.core.admin.bases import JsonInput
from apps.core.admin.buttons import dress, put_refusal, refusal_texts
from apps.core.chips import entity_chip, euro, status_chip
from apps.core.errors import FieldError, Refused
from apps.orders.models import Order
from apps.organizations.models import Organization
from chargecars.navigation import SECTIONS, sidebar
from tests.factories.communication import CommunicationChannelFactory, CommunicationTemplateFactory
from tests.factories.orders import OrderFactory
from tests.factories.organizations import BusinessEntityFactory, ContactFactory, MembershipFactory, OrganizationFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(client, django_user_model):
    """Staff of ChargeCars with the rights that a test gives them."""

    def with_rights(*codenames):
        person = django_user_model.objects.create_user("clerk@example.nl", is_staff=True)
        person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
        MembershipFactory(user=person, business_entity=BusinessEntityFactory())
        client.force_login(person)
        return client

    return with_rights


def page_of(record, name="change"):
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{name}", args=[record.pk])


def button_of(record, slug):
    return page_of(record).removesuffix("change/") + f"do/{slug}/"


def test_a_button_asks_what_its_service_needs_and_comes_back(admin_client):
    template, contact = CommunicationTemplateFactory(), ContactFactory()
    CommunicationChannelFactory(is_primary=True)

    asked = admin_client.get(button_of(template, "send-test"))
    answer = admin_client.post(button_of(template, "send-test"), {"recipient_contact": str(contact.pk)})

    assert 'name="recipient_contact"' in asked.content.decode()
    assert (answer.status_code, answer.url) == (302, page_of(template))
    assert template.messages.get().recipient == contact.email


@pytest.mark.parametrize("name", ["organizations_organization", "events_outboxevent"])  # one counts its rows, one does not
@pytest.mark.parametrize("query", ["created_at__year=99999", "created_at__gte=nonsense", "no_such_field=1"])
def test_a_filter_that_cannot_be_is_shown_as_one(admin_client, name, query):
    page = reverse(f"admin:{name}_changelist")

    assert admin_client.get(f"{page}?{query}").url.endswith("?e=1")


def test_a_refusal_is_shown_above_the_form_and_changes_nothing(admin_client):
    template, contact = CommunicationTemplateFactory(), ContactFactory()  # and no mailbox to send from

    answer = admin_client.post(button_of(template, "send-test"), {"recipient_contact": str(contact.pk)})

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert not template.messages.exists()


def test_a_button_is_there_for_those_who_may_press_it(clerk):
    template = CommunicationTemplateFactory()
    reader = clerk("view_communicationtemplate")

    assert "do/send-test/" not in reader.get(page_of(template)).content.decode()
    assert reader.post(button_of(template, "send-test")).status_code == 302
    assert not template.messages.exists()


def test_a_button_that_is_gone_says_so(admin_client):
    template = CommunicationTemplateFactory()

    answer = admin_client.get(button_of(template, "unheard-of"), follow=True)

    assert len(answer.context["messages"]) == 1
    assert answer.redirect_chain == [(page_of(template), 302)]


def test_the_history_shows_each_field_that_changed_from_what_to_what(admin_client):
    organization = OrganizationFactory(name="Bakker")
    organization.name = "Bakkerij"
    organization.save()

    versions = admin_client.get(page_of(organization, "history")).context["versions"]

    assert [[(str(change.field), change.old, change.new) for change in version.changes] for version in versions] == [
        [("naam", "Bakker", "Bakkerij")],
        [],
    ]


def test_the_history_tells_what_no_form_edits_in_words(admin_client):
    order = OrderFactory()
    Order.objects.filter(pk=order.pk).update(financial_status="paid", planned_start_date="2026-03-02")

    newest = admin_client.get(page_of(order, "history")).context["versions"][0]

    assert {str(change.field): (change.old, change.new) for change in newest.changes} == {
        str(Order._meta.get_field("financial_status").verbose_name): ("Onbetaald", "Betaald"),
        str(Order._meta.get_field("planned_start_date").verbose_name): ("–", "2 maart 2026"),
    }


def test_records_of_another_company_cannot_be_opened_or_chosen(clerk):
    theirs = OrganizationFactory(business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    ours = OrganizationFactory()
    pages = clerk("view_organization", "change_organization")

    assert pages.get(page_of(ours)).status_code == 200
    for name in ("change", "history"):
        assert pages.get(page_of(theirs, name)).status_code in (302, 404)
    form = admin.site.get_model_admin(Organization).get_form(pages.get(page_of(ours)).wsgi_request)
    assert theirs not in form.base_fields["parent_organization"].queryset


def test_nothing_is_deleted_through_a_page(admin_client):
    template = CommunicationTemplateFactory()

    assert admin_client.post(page_of(template, "delete"), {"post": "yes"}).status_code == 403
    assert CommunicationTemplate.objects.filter(pk=template.pk).exists()


def test_a_search_takes_a_few_words_however_many_are_given(rf, admin_user):
    request = rf.get("/admin/")
    request.user = admin_user
    pages = admin.site.get_model_admin(Organization)

    few, _ = pages.get_search_results(request, pages.get_queryset(request), "a b c d e")
    many, _ = pages.get_search_results(request, pages.get_queryset(request), "a b c d e " + "x " * 20_000)

    assert str(many.query) == str(few.query)


def test_each_page_of_the_sidebar_exists(rf, admin_user):
    request = rf.get("/admin/")
    request.user = admin_user

    shown = [str(item["link"]) for group in sidebar(request) for item in group["items"]]

    assert len(shown) == sum(len(pages) for _, pages in SECTIONS)


@pytest.mark.parametrize(
    ("path", "here"),
    [
        ("/admin/", ["/admin/"]),
        ("/admin/orders/order/filters/", ["/admin/orders/order/"]),
        ("/admin/orders/order/removed/", ["/admin/orders/order/removed/"]),
        ("/admin/security/", []),
    ],
)
def test_the_sidebar_marks_the_one_page_on_which_one_is(rf, admin_user, path, here):
    request = rf.get(path)
    request.user = admin_user

    assert [str(item["link"]) for group in sidebar(request) for item in group["items"] if item["active"]] == here


def test_a_person_without_rights_has_an_empty_sidebar(rf, django_user_model):
    request = rf.get("/admin/")
    request.user = django_user_model.objects.create_user("nobody@example.nl", is_staff=True)

    assert [str(item["link"]) for group in sidebar(request) for item in group["items"]] == [
        "/admin/",
        "/admin/find/",
        "/admin/notifications/",
    ]


def test_a_colour_that_is_none_stays_out_of_the_page():
    assert "style" not in status_chip("Nieuw", "red; background: url(https://example.com)")
    assert "style" in status_chip("Nieuw", "#007BFF")
    assert "ChargeCars" in entity_chip(BusinessEntityFactory())


def test_amounts_are_written_as_people_write_them_here():
    assert euro(1234567) == "€\u00a01.234.567,00"
    assert euro(None) == "–"


def test_every_reason_of_a_refusal_is_told_once_and_at_its_field():
    class Ask(forms.Form):
        day = forms.DateField()

    error = Refused(
        "No.",
        fields=[FieldError(pointer="/day", code="past", detail="That day has passed.")],
        reasons=[{"code": "a", "detail": "No."}, {"code": "b", "detail": "Nobody is there."}],
    )
    form = Ask({"day": "2026-01-01"})
    dress(form)
    form.is_valid()

    put_refusal(form, error)

    assert form.non_field_errors() == ["No.", "Nobody is there."]
    assert form.errors["day"] == ["That day has passed."]
    assert refusal_texts(error) == ["No.", "Nobody is there.", "That day has passed."]


def test_json_is_shown_so_that_people_can_read_it():
    shown = JsonInput().format_value(json.dumps({"naam": "Zoë", "plaats": "Nijkerk"}))

    assert shown == '{\n  "naam": "Zoë",\n  "plaats": "Nijkerk"\n}'
    assert JsonInput().format_value("{not json") == "{not json"


def test_a_form_whose_session_is_over_says_what_to_do():
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "nl"})

    answer = client.post("/admin/orders/order/add/", {"email": "fenna@example.nl"})

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert "Deze pagina is verlopen" in answer.content.decode()
    assert "Er is niets opgeslagen" in answer.content.decode()
