"""Which statuses that are to be told cannot be."""

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import translation

from apps.communication.coverage import gaps
from apps.communication.models import CommunicationChannel, CommunicationTemplate
from apps.organizations.models import BusinessEntity
from apps.workflow.models import StatusPolicy
from tests.orders.conftest import user_with

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference_data")]


def told():
    with translation.override("en"):
        return [str(gap) for gap in gaps()]


def test_our_reference_data_leaves_no_gap_also_with_sms(capsys):
    CommunicationChannel.objects.filter(channel_type="sms").update(is_active=True)

    with translation.override("en"):
        call_command("check_templates")

    assert "in every company, language and channel" in capsys.readouterr().out
    assert told() == []


def test_a_status_without_a_message_a_missing_language_and_a_text_that_whatsapp_did_not_approve_are_named():
    StatusPolicy.objects.filter(status="planning").update(notify=True)
    CommunicationTemplate.objects.filter(template_code="order_cancelled", language="en").update(is_active=False)
    shop = CommunicationChannel.objects.filter(business_entity__entity_code="laderthuis", channel_type="whatsapp")
    shop.filter(channel_code="support").update(is_active=True, channel_identifier="+31850000000")
    CommunicationTemplate.objects.filter(channel_type="whatsapp").exclude(template_code="hold_notification").update(
        provider_template={"name": "a", "namespace": "b", "language": "nl"}
    )

    found = told()

    assert "chargecars: order installation planning: nothing tells it" in found
    assert "zaptecshop: order wholesale cancelled: no template order_cancelled for e-mail in English" in found
    unapproved = [line for line in found if "approved" in line]
    assert unapproved == [
        f"laderthuis: order {workflow} on_hold: template hold_notification in {language} was not approved by WhatsApp"
        for workflow in ("installation", "wholesale")
        for language in ("Dutch", "English")
    ]
    with pytest.raises(CommandError, match=f"{len(found)} gaps"):
        call_command("check_templates")


def test_staff_see_those_of_their_own_companies(client):
    StatusPolicy.objects.filter(status="planning").update(notify=True)
    client.force_login(
        user_with(models=["view_communicationtemplate"], entity=BusinessEntity.objects.get(entity_code="ratioshop"))
    )

    page = client.get(reverse("communication-template-gaps"), headers={"accept-language": "en"}).content.decode()

    assert page.count("nothing tells it") == 1
    assert "RatioShop" in page
