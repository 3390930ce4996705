"""The papers of an invoice: who may have them, that they stay as they are, and what a draft answers."""

import hashlib

import pytest

from apps.files.models import Attachment
from apps.finance import services
from apps.finance.documents import pdf as typesetter
from apps.finance.models import Invoice
from apps.organizations.models import BusinessEntity
from tests.concurrency import together
from tests.factories.accounts import UserFactory
from tests.finance.conftest import company_with_books, completed_order, generated
from tests.finance.documents.paper_reader import Paper
from tests.orders.conftest import Caller, assert_refused, user_with


@pytest.fixture
def api(client, company):
    return Caller(client, user_with("finance.invoices"))


def ask(caller, invoice, kind="pdf", **headers):
    return caller.client.get(f"/api/v1/invoices/{invoice.pk}/{kind}", headers=headers)


def stored():
    return list(Attachment.objects.order_by("extension").values_list("document_name", "about_type", "version_number"))


def test_an_invoice_is_saved_as_pdf_with_its_e_invoice_in_it(api, company):
    invoice = generated(completed_order(company))

    pdf, ubl = ask(api, invoice), ask(api, invoice, "ubl")

    number = invoice.invoice_number
    assert (pdf.status_code, pdf["Content-Type"]) == (200, "application/pdf")
    assert pdf["Content-Disposition"] == f'attachment; filename="{number}.pdf"'
    assert (ubl.status_code, ubl["Content-Type"]) == (200, "application/xml")
    assert ubl["Content-Disposition"] == f'attachment; filename="{number}.xml"'
    printed, written = pdf.content, ubl.content
    assert Paper(printed).attachment == written
    assert number in Paper(printed).text
    assert pdf["ETag"] == f'"{hashlib.sha256(printed).hexdigest()}"'
    assert (pdf["Cache-Control"], pdf["X-Content-Type-Options"]) == ("private, no-cache", "nosniff")


def test_it_is_made_once_and_stays_as_it_is_whatever_changes_later(api, company, monkeypatch):
    invoice = generated(completed_order(company))
    first = ask(api, invoice).content

    monkeypatch.setattr(typesetter, "STANDARD", "a-2b")  # another typesetter, years later
    BusinessEntity.objects.update(legal_name="Anders B.V.")
    again = ask(api, invoice)

    assert again.content == first
    number = invoice.invoice_number
    assert stored() == [(f"{number}.pdf", "invoice", 1), (f"{number}.xml", "invoice", 1)]


def test_who_has_it_already_hears_so(api, company):
    invoice = generated(completed_order(company))
    etag = ask(api, invoice)["ETag"]

    answer = ask(api, invoice, if_none_match=etag)

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)
    assert ask(api, invoice, if_none_match='"other"').status_code == 200


@pytest.mark.parametrize("accept", ["application/pdf", "application/json", "text/html, */*;q=0.1"])
def test_it_comes_whatever_kind_the_caller_names(api, company, accept):
    invoice = generated(completed_order(company))

    assert ask(api, invoice, accept=accept)["Content-Type"] == "application/pdf"


@pytest.mark.parametrize("kind", ["pdf", "ubl"])
def test_a_draft_has_no_document(api, company, kind):
    draft = generated(completed_order(company), draft=True)

    assert_refused(ask(api, draft, kind, accept="application/pdf"), 409, "invoice_is_draft")
    services.cancel_draft(invoice=draft, reason="Vergissing", by=None)
    assert_refused(ask(api, draft, kind), 409, "invoice_is_draft")
    assert stored() == []


def test_papers_are_for_whoever_may_read_the_invoice(api, client, company):
    elsewhere = generated(completed_order(company_with_books("laderthuis")))
    here = generated(completed_order(company))

    assert_refused(ask(api, elsewhere), 404, "not_found")
    planner = Caller(client, user_with("operations.planning"))
    assert_refused(ask(planner, here, "ubl"), 403, "permission_denied")
    assert stored() == []


def test_a_parameter_that_is_unknown_is_refused(api, company):
    invoice = generated(completed_order(company))

    assert_refused(api.get(f"invoices/{invoice.pk}/pdf", language="en"), 400, "malformed", "/language")


def test_what_a_person_uploads_under_the_same_name_is_another_file(api, company):
    invoice = generated(completed_order(company))
    made = services.papers_of(invoice)
    Attachment.objects.filter(pk=made.pdf.pk).update(uploaded_by=UserFactory())

    assert services.papers_of(invoice).pdf.version_number == 2


def test_staff_save_both_from_the_page_of_the_invoice(admin_client, company):
    invoice = generated(completed_order(company))
    page = admin_client.get(f"/admin/finance/invoice/{invoice.pk}/change/").content.decode()

    for kind, media_type in (("pdf", "application/pdf"), ("ubl", "application/xml")):
        address = f"/admin/finance/invoice/{invoice.pk}/{kind}/"
        assert f'href="{address}"' in page
        answer = admin_client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, media_type)


def test_a_draft_s_page_offers_no_papers(admin_client, company):
    draft = generated(completed_order(company), draft=True)

    page = admin_client.get(f"/admin/finance/invoice/{draft.pk}/change/").content.decode()
    answer = admin_client.get(f"/admin/finance/invoice/{draft.pk}/pdf/", follow=True)

    assert "/pdf/" not in page
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    assert answer.redirect_chain[-1][0] == f"/admin/finance/invoice/{draft.pk}/change/"


def test_two_who_ask_at_once_get_the_same(real_commits):
    invoice = generated(completed_order(company_with_books()))

    results = together([lambda: services.papers_of(Invoice.objects.get(pk=invoice.pk)).pdf.pk] * 4)

    assert len(set(results)) == 1
    assert Attachment.objects.count() == 2
