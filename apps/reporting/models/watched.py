"""The tables of other apps whose rows are counted: each has triggers here that write what a statement changed in the totals."""

from apps.finance.models import Invoice, JournalLine, OnlinePayment, PartnerCommission, Payment
from apps.orders.models import Order, OrderHold
from apps.reporting.models.facts import (
    BOOKS,
    COMMISSIONS,
    FAILED_PAYMENTS,
    HOLDS,
    INVOICES,
    LATE,
    LATE_OTHERS,
    ORDERS,
    PAYMENTS,
    STEPS,
)
from apps.reporting.triggers import CountOrders, counting
from apps.workflow.models import EntityCurrentStatus, StatusTransition


class CountedOrder(Order):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(ORDERS, rows="orders", kind=CountOrders)


class CountedStep(StatusTransition):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(STEPS, rows="steps", may_change=False)


class CountedHold(OrderHold):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(HOLDS, rows="holds")


class CountedStatus(EntityCurrentStatus):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(LATE, LATE_OTHERS, rows="statuses")


class CountedJournalLine(JournalLine):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(BOOKS, rows="lines", may_change=False)


class CountedInvoice(Invoice):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(INVOICES, rows="invoices")


class CountedPayment(Payment):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(PAYMENTS, rows="payments")


class CountedOnlinePayment(OnlinePayment):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(FAILED_PAYMENTS, rows="online")


class CountedCommission(PartnerCommission):
    class Meta:
        proxy = True
        default_permissions = ()
        triggers = counting(COMMISSIONS, rows="commissions")
