"""An invoice on its way to the customer: by itself when it is approved, again when asked, and never a draft."""

import pytest
from django.core import mail

from apps.communication.choices import DeliveryStatus
from apps.communication.models import CommunicationMessage
from apps.communication.services import resend_message, send_due_messages
from apps.core.errors import Conflict, Malformed
from apps.files.services import read_attachment
from apps.finance import services
from apps.finance.models import Invoice
from apps.workflow.models import InternalTask
from tests.factories.communication import CommunicationChannelFactory
from tests.factories.organizations import ContactFactory
from tests.finance.conftest import completed_order, generated
from tests.orders.conftest import Caller, assert_refused, load, user_with


@pytest.fixture
def mailing(company):
    load("070_message_templates.json")
    CommunicationChannelFactory(business_entity=company, channel_code="admin", is_primary=True)
    return company


@pytest.fixture
def api(client, mailing):
    return Caller(client, user_with("finance.invoices", "finance.approve"))


def mailed():
    return list(CommunicationMessage.objects.order_by("created_at"))


def standing(invoice):
    return Invoice.objects.get(pk=invoice.pk).status


def test_an_approved_invoice_is_mailed_by_itself_with_its_pdf(mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    assert standing(invoice) == "approved"

    deliver_events()

    (message,) = mailed()
    assert (standing(invoice), message.delivery_status) == ("sent", DeliveryStatus.PENDING)
    assert message.subject == f"Factuur {invoice.invoice_number} van ChargeCars"
    assert (message.recipient, message.thread.about_id) == (invoice.billing_contact.email, invoice.pk)
    for said in (invoice.payment_reference, mailing.primary_bank_account.iban, "€ 876,04"):
        assert said in message.text.replace("\u00a0", " ")
    send_due_messages(limit=10)
    (letter,) = mail.outbox
    assert [(name, kind, content[:5]) for name, content, kind in letter.attachments] == [
        (f"{invoice.invoice_number}.pdf", "application/pdf", b"%PDF-")
    ]
    assert letter.attachments[0][1] == read_attachment(services.papers_of(invoice).pdf)


def test_it_is_written_in_the_language_of_its_reader_and_goes_to_the_address_for_invoices(mailing, deliver_events):
    order = completed_order(mailing)
    order.primary_contact.language, order.customer_organization.billing_email = "en", "facturen@example.nl"
    order.primary_contact.save()
    order.customer_organization.save()
    invoice = generated(order)

    deliver_events()

    (message,) = mailed()
    assert (message.subject, message.recipient) == (f"Invoice {invoice.invoice_number} from ChargeCars", "facturen@example.nl")


def test_a_credit_note_is_mailed_as_one(mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    note = services.invoice_credit(invoice=invoice, reason="Eén paal retour", by=None)

    deliver_events()

    message = mailed()[-1]
    assert message.subject == f"Creditnota {note.invoice_number} van ChargeCars"
    for said in (invoice.invoice_number, "Eén paal retour", "€ 876,04"):
        assert said in message.text.replace("\u00a0", " ")
    assert standing(note) == "sent"


def test_nobody_to_mail_leaves_it_approved_with_a_task(mailing, deliver_events):
    order = completed_order(mailing)
    order.primary_contact.email = ""
    order.primary_contact.save()
    invoice = generated(order)

    deliver_events()

    assert (standing(invoice), mailed()) == ("approved", [])
    (task,) = InternalTask.objects.all()
    assert (task.title.rpartition(": ")[2], task.about_id) == (invoice.invoice_number, invoice.pk)
    assert str(invoice.billing_contact) in task.description


def test_staff_send_it_again_and_every_time_is_kept(api, mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    deliver_events()

    answer = api.post(f"invoices/{invoice.pk}/send", {})
    deliver_events()

    assert (answer.status_code, answer.json()["status"]) == (200, "sent")
    assert [message.created_by is not None for message in mailed()] == [False, True]
    assert len({file.attachment_id for message in mailed() for file in message.files.all()}) == 1


def test_it_goes_to_another_contact_of_the_customer_and_to_nobody_else(api, mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    colleague = ContactFactory(organization=invoice.billing_organization, email="boekhouding@example.nl", is_primary=False)
    stranger = ContactFactory()

    assert_refused(
        api.post(f"invoices/{invoice.pk}/send", {"contact_id": str(stranger.pk)}), 400, "malformed", "/contact_id"
    )  # fmt: skip
    with pytest.raises(Malformed):
        services.send_invoice(invoice=invoice, recipient_contact=stranger, by=None)
    assert standing(invoice) == "approved"

    api.post(f"invoices/{invoice.pk}/send", {"contact_id": str(colleague.pk)})
    deliver_events()
    assert "boekhouding@example.nl" in [message.recipient for message in mailed()]


def test_a_draft_is_not_sent(api, mailing, deliver_events):
    draft = generated(completed_order(mailing), draft=True)

    assert_refused(api.post(f"invoices/{draft.pk}/send", {}), 409, "invoice_is_draft")
    step = {"entity_type": "invoice", "entity_id": str(draft.pk), "to_status": "sent"}
    assert_refused(api.post("status-engine/change", step), 409, "invoice_is_draft")
    deliver_events()
    assert (standing(draft), mailed()) == ("draft", [])


def test_the_engine_s_step_to_sent_mails_it_too(api, mailing, deliver_events):
    order = completed_order(mailing)
    order.primary_contact.is_active = False
    order.primary_contact.save()
    invoice = generated(order)
    deliver_events()
    assert standing(invoice) == "approved"
    order.primary_contact.is_active = True
    order.primary_contact.save()
    step = {"entity_type": "invoice", "entity_id": str(invoice.pk), "to_status": "sent"}

    assert_refused(
        api.post("status-engine/change", {**step, "business_context": {"x": 1}}), 400, "malformed", "/business_context"
    )
    assert api.post("status-engine/change", step).json()["to_status"] == "sent"
    deliver_events()

    assert [message.recipient for message in mailed()] == [order.primary_contact.email]
    assert_refused(api.post("status-engine/change", step), 409, "invalid_status_transition")


def test_who_may_not_send_does_not(client, mailing):
    invoice = generated(completed_order(mailing))

    assert_refused(
        Caller(client, user_with("finance.payments")).post(f"invoices/{invoice.pk}/send", {}), 403, "permission_denied"
    )
    assert standing(invoice) == "approved"


def test_a_paid_invoice_is_sent_again_and_stays_paid(mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    deliver_events()
    services.payment_receive(
        business_entity=mailing, amount=invoice.total_amount, payment_date=invoice.invoice_date, payment_method="ideal", invoice=invoice
    )  # fmt: skip

    services.send_invoice(invoice=invoice, by=None)
    deliver_events()

    assert (standing(invoice), len(mailed())) == ("paid", 2)


def test_a_dropped_draft_is_never_sent(mailing):
    draft = services.cancel_draft(invoice=generated(completed_order(mailing), draft=True), reason="Vergissing", by=None)

    with pytest.raises(Conflict):
        services.send_invoice(invoice=draft, by=None)


def test_about_a_test_nothing_leaves_the_building(mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    type(invoice.order).objects.filter(pk=invoice.order_id).update(is_test=True, order_number="TEST-CC-2026-00001")

    deliver_events()
    send_due_messages(limit=10)

    assert [message.delivery_status for message in mailed()] == [DeliveryStatus.SUPPRESSED]
    assert mail.outbox == []


def test_a_message_whose_file_is_gone_waits_for_a_person(mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    deliver_events()
    services.papers_of(invoice).pdf.file.storage.delete(services.papers_of(invoice).pdf.file.name)

    send_due_messages(limit=10)

    (message,) = mailed()
    assert message.delivery_status == DeliveryStatus.FAILED
    assert f"{invoice.invoice_number}.pdf" in message.last_error
    assert mail.outbox == []


def test_a_copy_of_a_message_takes_its_files_along(mailing, deliver_events):
    generated(completed_order(mailing))
    deliver_events()
    send_due_messages(limit=10)
    (message,) = mailed()

    resend_message(communicationmessage=message, by=None)
    send_due_messages(limit=10)

    assert [len(letter.attachments) for letter in mail.outbox] == [1, 1]


def test_staff_send_from_the_page_and_see_there_what_was_mailed(admin_client, mailing, deliver_events):
    invoice = generated(completed_order(mailing))
    page = f"/admin/finance/invoice/{invoice.pk}"
    asked = admin_client.get(f"{page}/do/send-invoice/")
    assert asked.context["form"]["recipient_contact"].value() == invoice.billing_contact_id

    admin_client.post(f"{page}/do/send-invoice/", {"recipient_contact": str(invoice.billing_contact_id)})
    deliver_events()

    assert standing(invoice) == "sent"
    shown = admin_client.get(f"{page}/change/").content.decode()
    assert f"Factuur {invoice.invoice_number} van ChargeCars" in shown
    first = mailed()[0]
    assert (
        f"{invoice.invoice_number}.pdf"
        in admin_client.get(f"/admin/communication/communicationmessage/{first.pk}/change/").content.decode()
    )
