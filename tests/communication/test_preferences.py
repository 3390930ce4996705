"""What people want to hear: written down by a colleague, or said by themselves through a link."""

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from apps.communication.choices import Purpose
from apps.communication.models import ContactPreference
from apps.communication.queries import wishes_of
from apps.communication.services import set_preferences
from apps.communication.services.reaching import unsubscribe_link
from tests.factories.communication import CommunicationTemplateFactory, MessageBirdConnectionFactory, UndeliverableAddressFactory
from tests.factories.organizations import ContactFactory
from tests.orders.conftest import user_with

pytestmark = pytest.mark.django_db


@pytest.fixture
def sanne():
    return ContactFactory()


def path_of(link, settings):
    return link.removeprefix(settings.PUBLIC_BASE_URL)


def test_who_said_nothing_hears_how_the_work_goes_and_no_news(sanne):
    assert {purpose for (_channel, purpose), wanted in wishes_of(sanne).items() if wanted} == {"service"}


def test_the_link_in_news_asks_first_and_then_writes_down_no(client, sanne, settings):
    address = path_of(unsubscribe_link(sanne, "email"), settings)

    assert client.get(address).status_code == 200
    assert not ContactPreference.objects.exists()
    assert client.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200

    said = ContactPreference.objects.get()
    assert (said.contact, said.channel_type, said.purpose, said.is_allowed, said.source) == (
        sanne,
        "email",
        "marketing",
        False,
        "link",
    )


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x", lambda token: token.replace("email", "sms")])
def test_a_link_that_is_not_ours_does_nothing(client, sanne, settings, change):
    base, token = path_of(unsubscribe_link(sanne, "email"), settings).rsplit("/", 1)

    assert client.post(f"{base}/{change(token)}").status_code == 404
    assert not ContactPreference.objects.exists()


def test_a_colleague_writes_down_what_somebody_wants(client, sanne):
    client.force_login(user_with("support.communication", models=["view_recipient"]))
    address = reverse("admin:communication_recipient_change", args=[sanne.pk])

    answer = client.post(address.replace("/change/", "/do/preferences/"), {"email_service": "on", "sms_marketing": "on"})

    assert answer.status_code == 302
    wanted = {key for key, is_wanted in wishes_of(sanne).items() if is_wanted}
    assert wanted == {("email", "service"), ("sms", "marketing")}
    assert set(ContactPreference.objects.values_list("source", flat=True)) == {"staff"}
    # Of what was left as it is nobody said anything.
    said = ContactPreference.objects.values_list("channel_type", "purpose", "is_allowed")
    assert set(said) == {("sms", "service", False), ("whatsapp", "service", False), ("sms", "marketing", True)}


def test_a_form_that_is_stored_after_a_stop_does_not_take_it_back(client, sanne):
    client.force_login(user_with("support.communication", models=["view_recipient"]))
    address = reverse("admin:communication_recipient_change", args=[sanne.pk]).replace("/change/", "/do/preferences/")
    form = client.get(address).context["form"]
    answers = {name: "on" for name, field in form.fields.items() if field.initial is True} | {"shown": form["shown"].value()}
    set_preferences(contact=sanne, wishes={("sms", "service"): False}, source="stop", by=None)

    client.post(address, answers | {"email_marketing": "on"})

    said = ContactPreference.objects.values_list("channel_type", "purpose", "is_allowed", "source")
    assert set(said) == {("sms", "service", False, "stop"), ("email", "marketing", True, "staff")}


def test_an_address_that_was_mended_is_used_again(client, sanne):
    mark = UndeliverableAddressFactory(contact=sanne)
    client.force_login(user_with("support.communication", models=["view_undeliverableaddress"]))

    answer = client.post(
        reverse("admin:communication_undeliverableaddress_change", args=[mark.pk]).replace("/change/", "/do/mark-deliverable/")
    )

    mark.refresh_from_db()
    assert (answer.status_code, mark.is_active) == (302, False)


def test_news_must_say_how_to_get_no_more_of_it():
    template = CommunicationTemplateFactory(purpose=Purpose.MARKETING)

    with pytest.raises(ValidationError) as caught:
        template.full_clean()

    assert list(caught.value.message_dict) == ["message_template"]


def test_keys_are_written_and_never_shown(admin_client):
    connection = MessageBirdConnectionFactory()
    address = reverse("admin:communication_messagebirdconnection_change", args=[connection.pk])

    page = admin_client.get(address).content.decode()
    admin_client.post(address, {"access_key": "", "signing_key": "another_key_of_the_signature", "is_active": "on"})

    assert connection.access_key not in page
    assert connection.signing_key not in page
    kept = type(connection).objects.get()
    assert (kept.access_key, kept.signing_key) == (connection.access_key, "another_key_of_the_signature")
