from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.accounts.models import User
from apps.core.api.filters import refuse_unknown_parameters
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView, ListView, OneKindOfAnswer
from apps.core.downloads import as_download
from apps.core.errors import FieldError, Malformed
from apps.files.models import Attachment
from apps.files.services import read_attachment
from apps.finance import services
from apps.finance.api.filters import CommissionFilters, InvoiceFilters, PaymentFilters
from apps.finance.api.inputs import CreditIn, EmptyIn, GenerateIn, PaymentIn, SendIn
from apps.finance.api.outputs import CommissionOut, InvoiceOut, InvoicesOut, PaymentOut
from apps.finance.models import Invoice, PartnerCommission, Payment
from apps.finance.queries import commissions_of, contact_of_payer, find_invoice, invoices_of, payments_of
from apps.orders.queries import order_in_hand
from apps.organizations.queries import business_entity_named

READERS = (Scope.FINANCE_INVOICES, Scope.FINANCE_PAYMENTS, Scope.FINANCE_REPORTS, Scope.FINANCE_APPROVE, Scope.FINANCE_CREDIT)


class GenerateView(ApiView):
    """Invoice an order, or some of its lines."""

    scope = (Scope.FINANCE_INVOICES,)

    @extend_schema(request=GenerateIn, responses={201: InvoicesOut})
    def post(self, request: Request) -> Response:
        given = validated(GenerateIn, request)
        order = order_in_hand(str(given["order_id"]), by=request.user)
        wanted = given.get("line_items_to_invoice")
        made = services.invoice_generate(
            order=order,
            line_items_to_invoice=None if wanted is None else [services.Wanted(**each) for each in wanted],
            customer_reference=given.get("customer_reference", ""),
            draft=given.get("draft", False),
            by=request.user,
        )
        told = [find_invoice(invoice.pk, by=request.user) for invoice in made]
        return Response(InvoicesOut({"invoices": told}).data, status=status.HTTP_201_CREATED)


class InvoicesView(ListView):
    """Invoices and credit notes, the newest first."""

    scope = READERS
    serializer_class = InvoiceOut
    filterset_class = InvoiceFilters
    queryset = Invoice.objects.none()

    def get_queryset(self) -> Any:
        return invoices_of(self.request.user).for_page().prefetch_related("lines", "taxes")


class InvoiceView(ApiView):
    """One invoice."""

    scope = READERS

    @extend_schema(responses=InvoiceOut)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        refuse_unknown_parameters(request)
        return _told(invoice_id, request.user)


class PdfView(ApiView):
    """An invoice on paper: PDF/A-3 with the e-invoice in it. The same bytes each time; who names its ETag need not fetch it."""

    scope = READERS
    content_negotiation_class = OneKindOfAnswer

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        return _paper(request, invoice_id, "pdf")


class UblView(ApiView):
    """An invoice as e-invoice: UBL 2.1 by NLCIUS, or by EN 16931 for a customer without a KvK number. The same bytes each time."""

    scope = READERS
    content_negotiation_class = OneKindOfAnswer

    @extend_schema(responses={(200, "application/xml"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        return _paper(request, invoice_id, "ubl")


class ApproveView(ApiView):
    """Finalise a draft: it takes its number and is booked."""

    scope = (Scope.FINANCE_APPROVE,)

    @extend_schema(request=EmptyIn, responses=InvoiceOut)
    def post(self, request: Request, invoice_id: UUID) -> Response:
        validated(EmptyIn, request)
        services.approve_invoice(invoice=find_invoice(invoice_id, by=request.user), by=request.user)
        return _told(invoice_id, request.user)


class SendView(ApiView):
    """Mail an invoice or credit note to the customer, as often as is asked; the first time it moves on to sent."""

    scope = (Scope.FINANCE_INVOICES, Scope.FINANCE_APPROVE)

    @extend_schema(request=SendIn, responses=InvoiceOut)
    def post(self, request: Request, invoice_id: UUID) -> Response:
        given = validated(SendIn, request)
        invoice = find_invoice(invoice_id, by=request.user)
        contact = contact_of_payer(invoice, given["contact_id"]) if given else None
        services.send_invoice(invoice=invoice, recipient_contact=contact, by=request.user)
        return _told(invoice_id, request.user)


class CreditView(ApiView):
    """Take an invoice back, or some of its lines; answers the credit note."""

    scope = (Scope.FINANCE_CREDIT, Scope.FINANCE_APPROVE)

    @extend_schema(request=CreditIn, responses={201: InvoiceOut})
    def post(self, request: Request, invoice_id: UUID) -> Response:
        given = validated(CreditIn, request)
        wanted = given.get("lines")
        note = services.invoice_credit(
            invoice=find_invoice(invoice_id, by=request.user),
            lines=None if wanted is None else [services.CreditLine(**each) for each in wanted],
            reason=given["reason"],
            by=request.user,
        )
        return _told(note.pk, request.user, status=status.HTTP_201_CREATED)


class PaymentsView(ListView):
    """Money that came in, the newest first; and the place where an amount is booked by hand."""

    serializer_class = PaymentOut
    filterset_class = PaymentFilters
    queryset = Payment.objects.none()

    @property
    def scope(self) -> tuple[Scope, ...]:
        return (Scope.FINANCE_PAYMENTS,) if self.request.method == "POST" else READERS

    def get_queryset(self) -> Any:
        return payments_of(self.request.user)

    @extend_schema(request=PaymentIn, responses={201: PaymentOut})
    def post(self, request: Request) -> Response:
        given = validated(PaymentIn, request)
        entity = business_entity_named(given.pop("business_entity"), by=request.user)
        invoice = _invoice(given.pop("invoice_id", None), request.user)
        payment = services.payment_receive(business_entity=entity, invoice=invoice, **given)
        return Response(PaymentOut(payments_of(request.user).get(pk=payment.pk)).data, status=status.HTTP_201_CREATED)


class CommissionsView(ListView):
    """What partners earned, the newest first. Approving and rejecting is a change of status."""

    scope = READERS
    serializer_class = CommissionOut
    filterset_class = CommissionFilters
    queryset = PartnerCommission.objects.none()

    def get_queryset(self) -> Any:
        return commissions_of(self.request.user)


def _told(key: UUID, user: User, **options: Any) -> Response:
    return Response(InvoiceOut(find_invoice(key, by=user)).data, **options)


def _paper(request: Request, key: UUID, kind: str) -> HttpResponse:
    refuse_unknown_parameters(request)
    paper: Attachment = getattr(services.papers_of(find_invoice(key, by=request.user)), kind)
    return as_download(
        request, read_attachment(paper), name=paper.document_name, media_type=paper.media_type, checksum=paper.checksum
    )


def _invoice(key: UUID | None, user: User) -> Invoice | None:
    if key is None:
        return None
    found: Invoice | None = invoices_of(user).filter(pk=key).first()
    if found is None:
        detail = _("There is no such invoice, or not for you.")
        raise Malformed(fields=[FieldError(pointer="/invoice_id", code="unknown_invoice", detail=detail)])
    return found
