from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.finance.choices import MovementKind
from apps.finance.models import MollieConnection, OnlinePayment, OnlineRefund, PayLink, ProviderMovement, ProviderSettlement
from tests.factories.finance import BankTransactionFactory, InvoiceFactory, OncePerCompany
from tests.factories.money import RefundFactory
from tests.factories.organizations import BusinessEntityFactory


class MollieConnectionFactory(OncePerCompany):
    """A company that takes payments online, with a test key."""

    class Meta:
        model = MollieConnection

    business_entity = factory.SubFactory(BusinessEntityFactory)
    api_key = "test_dHar4XY7LxsDOtmnkVtjNVWXLSlXsM"


class PayLinkFactory(DjangoModelFactory):
    class Meta:
        model = PayLink

    invoice = factory.SubFactory(InvoiceFactory)
    number = 2


class OnlinePaymentFactory(DjangoModelFactory):
    """One that is being started."""

    class Meta:
        model = OnlinePayment

    business_entity = factory.SelfAttribute("invoice.business_entity")
    invoice = factory.SubFactory(InvoiceFactory)
    amount = Decimal("121.00")
    started_at = factory.LazyFunction(clock.now)


class ProviderSettlementFactory(DjangoModelFactory):
    class Meta:
        model = ProviderSettlement

    business_entity = factory.SelfAttribute("bank_transaction.business_entity")
    bank_transaction = factory.SubFactory(BankTransactionFactory)
    reference = "stl_jDk30akdN"
    gross = Decimal("10.29")
    fee = Decimal("0.29")


class ProviderMovementFactory(DjangoModelFactory):
    class Meta:
        model = ProviderMovement

    business_entity = factory.SelfAttribute("online_payment.business_entity")
    online_payment = factory.SubFactory(OnlinePaymentFactory)
    kind = MovementKind.PAYMENT
    reference = factory.Sequence(lambda n: f"tr_{n:010d}")
    amount = Decimal("121.00")
    moved_on = factory.LazyFunction(clock.today)


class OnlineRefundFactory(DjangoModelFactory):
    class Meta:
        model = OnlineRefund

    business_entity = factory.SelfAttribute("online_payment.business_entity")
    online_payment = factory.SubFactory(OnlinePaymentFactory)
    refund = factory.SubFactory(RefundFactory)
