from datetime import date

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.finance.choices import AccountingSystem, ExportKind, MappingSubject
from apps.finance.models import (
    AccountingAccess,
    AccountingCode,
    AccountingConnection,
    AccountingCustomer,
    AccountingExport,
    AccountingHealth,
)
from tests.factories.finance import InvoiceFactory
from tests.factories.organizations import BusinessEntityFactory, OrganizationFactory


class AccountingConnectionFactory(DjangoModelFactory):
    """Of one company with Exact Online, not connected."""

    class Meta:
        model = AccountingConnection
        django_get_or_create = ("business_entity", "system")

    business_entity = factory.SubFactory(BusinessEntityFactory)
    system = AccountingSystem.EXACT
    client_id = "6d0f0a0e-app"
    client_secret = "geheim"
    starts_on = date(2026, 1, 1)


class AccountingCodeFactory(DjangoModelFactory):
    class Meta:
        model = AccountingCode
        django_get_or_create = ("connection", "subject")

    connection = factory.SubFactory(AccountingConnectionFactory)
    subject = factory.Iterator(MappingSubject.values)
    code = "8000"


class AccountingAccessFactory(DjangoModelFactory):
    class Meta:
        model = AccountingAccess
        django_get_or_create = ("connection",)

    connection = factory.SubFactory(AccountingConnectionFactory)


class AccountingHealthFactory(DjangoModelFactory):
    class Meta:
        model = AccountingHealth
        django_get_or_create = ("connection",)

    connection = factory.SubFactory(AccountingConnectionFactory)


class AccountingCustomerFactory(DjangoModelFactory):
    class Meta:
        model = AccountingCustomer

    connection = factory.SubFactory(AccountingConnectionFactory)
    organization = factory.SubFactory(OrganizationFactory)
    number = factory.Sequence(lambda n: 900_000_001 + n)


class AccountingExportFactory(DjangoModelFactory):
    """A document that waits."""

    class Meta:
        model = AccountingExport

    connection = factory.SubFactory(AccountingConnectionFactory)
    sequence = factory.Sequence(lambda n: n + 1)
    kind = ExportKind.INVOICE
    document = factory.SubFactory(InvoiceFactory)
    root = factory.SelfAttribute("document")
    queued_at = factory.LazyFunction(clock.now)
