"""The papers of an invoice: made once, and kept with it for as long as the law asks for them."""

from dataclasses import dataclass, replace

from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.core.records import ref_to
from apps.core.transactions import in_transaction
from apps.files.choices import DocumentType
from apps.files.models import Attachment
from apps.files.services import AttachmentData, store_attachment
from apps.finance.documents.filling import document_of
from apps.finance.documents.pdf import pdf
from apps.finance.documents.requirements import profile_for
from apps.finance.documents.ubl import ubl
from apps.finance.models import Invoice
from apps.finance.services.online_links import pay_link


@dataclass(frozen=True, kw_only=True)
class Papers:
    """An invoice as PDF/A-3, which has the e-invoice in it, and the e-invoice by itself."""

    pdf: Attachment
    ubl: Attachment


@in_transaction
def papers_of(invoice: Invoice) -> Papers:
    """The papers of an invoice: made and stored when they are first asked for, and the same bytes ever after.

    Raises:
        Conflict: invoice_is_draft, when it has no number: it is not approved yet, or was dropped.
    """
    if invoice.invoice_number is None:
        raise Conflict(_("A draft has no document: it is approved first."), code="invoice_is_draft", current=invoice.status)
    found = _stored(invoice)
    if found is None:
        locked = Invoice.objects.select_for_update(of=("self",)).get(pk=invoice.pk)  # two at once would make two
        found = _stored(locked) or _made(locked)
    return found


def _stored(invoice: Invoice) -> Papers | None:
    """What the system made; what a person uploaded under the same name is another file."""
    made = Attachment.objects.of(ref_to(invoice)).filter(document_type=DocumentType.INVOICE, uploaded_by=None)
    by_kind = {paper.extension: paper for paper in made.order_by("-created_at")}
    return Papers(pdf=by_kind["pdf"], ubl=by_kind["xml"]) if {"pdf", "xml"} <= by_kind.keys() else None


def _made(invoice: Invoice) -> Papers:
    document = replace(document_of(invoice), pay_url=pay_link(invoice))
    e_invoice = ubl(document, profile_for(document))
    return Papers(pdf=_store(invoice, "pdf", pdf(document, e_invoice)), ubl=_store(invoice, "xml", e_invoice))


def _store(invoice: Invoice, extension: str, content: bytes) -> Attachment:
    data = AttachmentData(
        name=f"{invoice.invoice_number}.{extension}",
        content=ContentFile(content),
        document_type=DocumentType.INVOICE,
        is_customer_visible=True,
        is_partner_visible=invoice.billing_organization.is_partner,
    )
    return store_attachment(about=ref_to(invoice), data=data, by=None)
