from django.urls import path

from apps.finance.api.bank import BankFilesView, BankFileView, ReconcileView
from apps.finance.api.views import (
    ApproveView,
    CommissionsView,
    CreditView,
    GenerateView,
    InvoicesView,
    InvoiceView,
    PaymentsView,
    PdfView,
    SendView,
    UblView,
)

urlpatterns = [
    path("invoices/generate", GenerateView.as_view(), name="invoices-generate"),
    path("invoices", InvoicesView.as_view(), name="invoices"),
    path("invoices/<uuid:invoice_id>", InvoiceView.as_view(), name="invoice"),
    path("invoices/<uuid:invoice_id>/pdf", PdfView.as_view(), name="invoice-pdf"),
    path("invoices/<uuid:invoice_id>/ubl", UblView.as_view(), name="invoice-ubl"),
    path("invoices/<uuid:invoice_id>/approve", ApproveView.as_view(), name="invoice-approve"),
    path("invoices/<uuid:invoice_id>/send", SendView.as_view(), name="invoice-send"),
    path("invoices/<uuid:invoice_id>/credit", CreditView.as_view(), name="invoice-credit"),
    path("commissions", CommissionsView.as_view(), name="commissions"),
    path("payments/reconcile", ReconcileView.as_view(), name="payments-reconcile"),
    path("bank-statements", BankFilesView.as_view(), name="bank-statements"),
    path("bank-statements/<uuid:bank_file_id>", BankFileView.as_view(), name="bank-statement"),
    path("payments", PaymentsView.as_view(), name="payments"),
]
