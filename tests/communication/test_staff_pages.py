"""The pages of the back office: who may open them, and letters in a frame that can do nothing."""

import re
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path

import pytest
from django.urls import reverse

from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage, CommunicationTemplate
from apps.communication.services import send_due_messages
from apps.communication.work import messages_not_delivered
from apps.core.contributions import Viewer
from tests.factories.communication import (
    CommunicationChannelFactory,
    CommunicationMessageFactory,
    CommunicationTemplateFactory,
    CommunicationThreadFactory,
    StaffMailFactory,
)
from tests.factories.organizations import BusinessEntityFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(data_dir, settings):
    """A letter in the mailbox; gives the message it was."""
    settings.EMAIL_BACKEND = "apps.communication.clients.mailbox.MailboxBackend"
    message = CommunicationMessageFactory(html="<p>Beste Sanne</p>", subject="Uw order: één")
    send_due_messages(limit=10)
    return message


def test_the_mailbox_shows_what_would_have_been_sent(admin_client, letter):
    page = admin_client.get(reverse("communication-mailbox")).content.decode()
    mail = admin_client.get(reverse("communication-mail", args=[letter.pk])).content.decode()

    assert letter.subject in page
    assert letter.recipient in page
    assert "Beste Sanne" in mail


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        (datetime(2026, 1, 15, 23, 30, tzinfo=UTC), "16-01-2026 00:30"),
        (datetime(2026, 7, 15, 22, 30, tzinfo=UTC), "16-07-2026 00:30"),
    ],
    ids=["winter", "summer"],
)
def test_the_mailbox_shows_the_time_of_amsterdam(admin_client, letter, settings, moment, shown):
    file = next(Path(settings.MAILBOX_DIR).glob("*.eml"))
    date_line = re.compile(rb"^Date: .*?$", re.MULTILINE)
    file.write_bytes(date_line.sub(f"Date: {formatdate(moment.timestamp())}".encode(), file.read_bytes()))

    assert shown in admin_client.get(reverse("communication-mailbox")).content.decode()
    assert shown in admin_client.get(reverse("communication-mail", args=[letter.pk])).content.decode()


def test_a_name_that_is_no_letter_is_not_found(admin_client, letter):
    assert admin_client.get(reverse("communication-mail", args=["settings"])).status_code == 404
    assert admin_client.get("/admin/mailbox/..%2f..%2fkey/").status_code == 404


@pytest.mark.parametrize("page", ["communication-mail-html", "communication-message-html"])
def test_a_letter_is_shown_in_a_sealed_frame(admin_client, letter, page):
    response = admin_client.get(reverse(page, args=[letter.pk]))

    assert response.content == b"<p>Beste Sanne</p>" or b"Beste Sanne" in response.content
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("; sandbox")
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_a_template_is_previewed_with_sample_values(admin_client):
    BusinessEntityFactory()
    template = CommunicationTemplateFactory()

    page = admin_client.get(reverse("communication-template-preview", args=[template.pk])).content.decode()

    assert "het gaat over [order_number]" in page


def test_nobody_enters_without_the_right(client, letter, django_user_model):
    stranger = django_user_model.objects.create_user("stranger@example.nl", is_staff=True)
    client.force_login(stranger)

    for address in (
        reverse("communication-mailbox"),
        reverse("communication-mail", args=[letter.pk]),
        reverse("communication-message-html", args=[letter.pk]),
    ):
        assert client.get(address).status_code == 403


def test_a_misspelt_placeholder_is_pointed_out_at_its_field(admin_client):
    template = CommunicationTemplateFactory()
    form = {
        "template_name": "Groet",
        "template_code": template.template_code,
        "template_category": "order_status",
        "channel_type": "email",
        "channel_code": "support",
        "purpose": "essential",
        "provider_template": "{}",
        "language": "nl",
        "subject_template": "x",
        "message_template": "{{ order_nummer }}",
        "html_template": "<script>x</script>",
        "variables": '["order_number"]',
        "trigger_conditions": "{}",
        "is_active": "on",
    }
    address = reverse("admin:communication_communicationtemplate_change", args=[template.pk])

    refused = admin_client.post(address, form, headers={"accept-language": "en"})
    accepted = admin_client.post(address, {**form, "message_template": "{{ order_number }}!", "html_template": ""})

    assert refused.status_code == 200
    assert "Did you mean order_number?" in refused.content.decode()
    assert "&lt;script&gt; is not allowed" in refused.content.decode()
    assert accepted.status_code == 302
    template.refresh_from_db()
    assert (template.message_template, template.version) == ("{{ order_number }}!", 2)


@pytest.mark.parametrize("status", ["draft", "pending", "sending", "suppressed"])
def test_what_is_not_sent_by_hand_has_no_button_for_it(admin_client, status):
    message = CommunicationMessageFactory(delivery_status=status)

    page = admin_client.get(reverse("admin:communication_communicationmessage_change", args=[message.pk]))

    assert "do/resend-message/" not in page.content.decode()


def test_a_message_can_be_sent_again_by_its_button(admin_client):
    message = CommunicationMessageFactory(delivery_status=DeliveryStatus.FAILED, next_attempt_at=None)
    page = reverse("admin:communication_communicationmessage_change", args=[message.pk])

    assert "do/resend-message/" in admin_client.get(page).content.decode()
    response = admin_client.post(f"{page.removesuffix('change/')}do/resend-message/")

    assert response.status_code == 302
    message.refresh_from_db()
    assert message.delivery_status == DeliveryStatus.PENDING


def test_every_page_opens(admin_client):
    records = [
        CommunicationChannelFactory(),
        CommunicationTemplateFactory(),
        CommunicationThreadFactory(),
        CommunicationMessageFactory(),
    ]
    for record in records:
        name = record._meta.model_name
        for address in (
            reverse(f"admin:communication_{name}_changelist"),
            reverse(f"admin:communication_{name}_changelist") + "?q=sanne",
            reverse(f"admin:communication_{name}_change", args=[record.pk]),
            reverse(f"admin:communication_{name}_history", args=[record.pk]),
        ):
            assert admin_client.get(address).status_code == 200, address


def test_messages_of_another_company_are_out_of_sight(client, django_user_model):
    from django.contrib.auth.models import Permission

    from tests.factories.organizations import MembershipFactory

    theirs = CommunicationMessageFactory(thread__business_entity=BusinessEntityFactory(entity_code="laderthuis"))
    person = django_user_model.objects.create_user("staff@example.nl", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_communicationmessage"))
    MembershipFactory(user=person, business_entity=BusinessEntityFactory())
    client.force_login(person)

    page = client.get(reverse("admin:communication_communicationmessage_change", args=[theirs.pk]))

    assert page.status_code in (302, 404)
    assert theirs.subject not in client.get(reverse("admin:communication_communicationmessage_changelist")).content.decode()
    assert client.get(reverse("communication-message-html", args=[theirs.pk])).status_code == 404
    assert CommunicationMessage.objects.count() == 1
    assert CommunicationTemplate.objects.count() == 0


def test_a_text_message_with_a_mistake_in_it_is_shown_again_with_what_is_wrong(admin_client):
    template = CommunicationTemplateFactory(channel_type="sms", subject_template="", html_template="")
    form = {
        "template_name": "Groet",
        "template_code": template.template_code,
        "template_category": "order_status",
        "channel_type": "sms",
        "channel_code": "support",
        "purpose": "service",
        "provider_template": "{}",
        "language": "nl",
        "message_template": "{{ order_number",
        "variables": '["order_number"]',
        "trigger_conditions": "{}",
        "is_active": "on",
    }

    answer = admin_client.post(reverse("admin:communication_communicationtemplate_change", args=[template.pk]), form)

    assert (answer.status_code, list(answer.context["adminform"].errors)) == (200, ["message_template"])
    template.refresh_from_db()
    assert template.version == 1


@pytest.mark.parametrize(("status", "offered"), [(DeliveryStatus.FAILED, True), (DeliveryStatus.SENT, False)])
def test_only_a_letter_to_a_colleague_that_failed_is_sent_again(admin_client, status, offered):
    row = StaffMailFactory(delivery_status=status, next_attempt_at=None)

    page = admin_client.get(reverse("admin:communication_staffmail_change", args=[row.pk])).content.decode()

    assert ("do/resend-staff-mail/" in page) is offered


def test_of_what_was_not_delivered_only_what_nobody_sent_anew_is_work(admin_user):
    lost = {"delivery_status": DeliveryStatus.BOUNCED, "next_attempt_at": None}
    seen_to = CommunicationMessageFactory(**lost)
    CommunicationMessageFactory(resent_from=seen_to)
    text = CommunicationMessageFactory(channel_type="sms", subject="", text="Morgen komen wij langs.", **lost)

    (item,) = messages_not_delivered(Viewer(user=admin_user), 10)

    assert (item.key, item.title) == (f"message:{text.pk}", f"{text.recipient} · Morgen komen wij langs.")
