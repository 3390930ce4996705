"""Money that goes back, and money that is given up."""

from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.finance.models import Refund, WriteOff
from tests.factories.finance import InvoiceFactory, PaymentFactory
from tests.factories.organizations import ApprovalRequestFactory


class WriteOffFactory(DjangoModelFactory):
    """A small difference."""

    class Meta:
        model = WriteOff

    business_entity = factory.SelfAttribute("invoice.business_entity")
    invoice = factory.SubFactory(InvoiceFactory)
    amount = Decimal("0.02")
    written_off_on = factory.LazyFunction(clock.today)


class RefundFactory(DjangoModelFactory):
    """EUR 10 of a payment, to be paid."""

    class Meta:
        model = Refund

    business_entity = factory.SelfAttribute("payment.business_entity")
    payment = factory.SubFactory(PaymentFactory)
    approval = factory.SubFactory(
        ApprovalRequestFactory, kind="refund", amount=Decimal("10.00"), about_type="payment",
        about_id=factory.SelfAttribute("..payment.pk"), business_entity=factory.SelfAttribute("..business_entity"),
    )  # fmt: skip
    amount = Decimal("10.00")
    account_name = "S Bakker"
    iban = "NL91ABNA0417164300"
