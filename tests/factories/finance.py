from datetime import date, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from apps.core import clock
from apps.core.keys import new_key
from apps.finance.choices import (
    AccountKind,
    AccountRole,
    CollectionStep,
    CommissionMethod,
    EntryKind,
    LineState,
    MatchRule,
    PaymentMethod,
    VatCategory,
    VatReason,
)
from apps.finance.models import (
    BankFile,
    BankStatement,
    BankTransaction,
    CollectionLetter,
    CollectionLine,
    CollectionPause,
    CommissionPayout,
    CommissionRule,
    Debtor,
    FinancialSummary,
    Invoice,
    InvoiceLine,
    InvoiceTax,
    JournalEntry,
    JournalLine,
    LedgerAccount,
    MatchProposal,
    PartnerCommission,
    Payment,
    PaymentAllocation,
    PaymentBatch,
    PaymentBatchLine,
    PeriodLock,
    StatutoryInterestRate,
    UninvoicedOrder,
)
from tests.factories.orders import LineItemFactory, OrderFactory
from tests.factories.organizations import (
    BankAccountFactory,
    BusinessEntityFactory,
    ContactFactory,
    OrganizationFactory,
)


class OncePerCompany(DjangoModelFactory):
    """A row of which a company has one, or one for each use: the same one when it is asked for again."""

    class Meta:
        abstract = True

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        which = {name: kwargs[name] for name in ("business_entity", "role") if name in kwargs}
        return model_class.objects.filter(**which).first() or super()._create(model_class, *args, **kwargs)


class LedgerAccountFactory(OncePerCompany):
    class Meta:
        model = LedgerAccount

    business_entity = factory.SubFactory(BusinessEntityFactory)
    code = factory.Sequence(lambda n: f"{5000 + n}")
    name = "Omzet"
    kind = AccountKind.REVENUE
    role = AccountRole.REVENUE


class JournalEntryFactory(DjangoModelFactory):
    """An entry of EUR 10 from bank to unmatched payments, with its two lines."""

    class Meta:
        model = JournalEntry
        skip_postgeneration_save = True

    business_entity = factory.SubFactory(BusinessEntityFactory)
    kind = EntryKind.PAYMENT
    entry_date = factory.LazyFunction(clock.today)
    booked_at = factory.LazyFunction(clock.now)
    description = "Ontvangst"
    source_type = "payment"
    source_id = factory.LazyFunction(new_key)

    @factory.post_generation
    def lines(self, create, extracted, **kwargs):
        for role, debit, credit in ((AccountRole.BANK, 10, 0), (AccountRole.UNMATCHED, 0, 10)):
            account = LedgerAccountFactory(business_entity=self.business_entity, role=role, kind=AccountKind.ASSET)
            JournalLine.objects.create(entry=self, account=account, debit=Decimal(debit), credit=Decimal(credit))


class JournalLineFactory(DjangoModelFactory):
    """A line of an entry that its other lines balance already, with its own opposite."""

    class Meta:
        model = JournalLine
        skip_postgeneration_save = True

    entry = factory.SubFactory(JournalEntryFactory)
    account = factory.SubFactory(LedgerAccountFactory, business_entity=factory.SelfAttribute("..entry.business_entity"))
    debit = Decimal("5.00")
    credit = Decimal("0.00")

    @factory.post_generation
    def opposite(self, create, extracted, **kwargs):
        JournalLine.objects.create(entry=self.entry, account=self.account, debit=self.credit, credit=self.debit)


class PeriodLockFactory(OncePerCompany):
    class Meta:
        model = PeriodLock

    business_entity = factory.SubFactory(BusinessEntityFactory)
    locked_until = factory.LazyFunction(lambda: clock.today() - timedelta(days=400))


class InvoiceFactory(DjangoModelFactory):
    """A draft without lines."""

    class Meta:
        model = Invoice

    business_entity = factory.SelfAttribute("order.business_entity")
    order = factory.SubFactory(OrderFactory)
    billing_organization = factory.SelfAttribute("order.customer_organization")
    billing_contact = factory.SelfAttribute("order.primary_contact")
    delivery_date = factory.LazyFunction(clock.today)
    payment_term_days = 14


class InvoiceLineFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceLine

    invoice = factory.SubFactory(InvoiceFactory)
    line_order = factory.Sequence(lambda n: n % 30_000 + 1)
    line_item = factory.SubFactory(LineItemFactory, order=factory.SelfAttribute("..invoice.order"))
    description = "Laadpunt 11 kW"
    quantity = Decimal("1.000")
    unit_price = Decimal("599.0000")
    vat_category = VatCategory.STANDARD
    vat_rate = Decimal("0.2100")
    vat_reason = VatReason.RATE_OF_LINE
    total = Decimal("599.00")


class InvoiceTaxFactory(DjangoModelFactory):
    class Meta:
        model = InvoiceTax

    invoice = factory.SubFactory(InvoiceFactory)
    vat_category = VatCategory.STANDARD
    vat_rate = Decimal("0.2100")
    taxable = Decimal("599.00")
    amount = Decimal("125.79")


class PaymentFactory(DjangoModelFactory):
    class Meta:
        model = Payment

    business_entity = factory.SubFactory(BusinessEntityFactory)
    payment_number = factory.Sequence(lambda n: f"PAY-CC-2026-{n:05d}")
    amount = Decimal("100.00")
    payment_date = factory.LazyFunction(clock.today)
    payment_method = PaymentMethod.BANK_TRANSFER


class PaymentAllocationFactory(DjangoModelFactory):
    class Meta:
        model = PaymentAllocation

    payment = factory.SubFactory(PaymentFactory)
    invoice = factory.SubFactory(InvoiceFactory)
    amount = Decimal("10.00")


class UninvoicedOrderFactory(DjangoModelFactory):
    class Meta:
        model = UninvoicedOrder

    order = factory.SubFactory(OrderFactory)
    code = "invoice_incomplete"
    reason = "Het btw-nummer van de klant ontbreekt."
    since = factory.LazyFunction(clock.now)
    tried_at = factory.LazyFunction(clock.now)


class CommissionRuleFactory(DjangoModelFactory):
    """10% for who brings an order."""

    class Meta:
        model = CommissionRule

    business_entity = factory.SubFactory(BusinessEntityFactory)
    organization = factory.SubFactory(OrganizationFactory, partner=True)
    method = CommissionMethod.PERCENTAGE
    rate = Decimal("10.00")
    valid_from = factory.Sequence(lambda n: date(2025, 1, 1) + timedelta(days=n % 300))


class PartnerCommissionFactory(DjangoModelFactory):
    """10% of EUR 599, waiting for approval; nothing was booked."""

    class Meta:
        model = PartnerCommission

    business_entity = factory.SelfAttribute("invoice.business_entity")
    order = factory.SelfAttribute("invoice.order")
    invoice = factory.SubFactory(InvoiceFactory)
    beneficiary = factory.SubFactory(OrganizationFactory, partner=True)
    agreed_with = factory.SelfAttribute("beneficiary")
    commission_level = 1
    calculated_on = factory.LazyFunction(clock.today)
    calculation_method = CommissionMethod.PERCENTAGE
    commission_rate = Decimal("10.00")
    base_amount = Decimal("599.00")
    commission_amount = Decimal("59.90")


class FinancialSummaryFactory(DjangoModelFactory):
    """A month in which nothing happened."""

    class Meta:
        model = FinancialSummary

    business_entity = factory.SubFactory(BusinessEntityFactory)
    year = factory.Sequence(lambda n: 2025 + n % 1_000)
    month = 1
    calculated_at = factory.LazyFunction(clock.now)


class StatutoryInterestRateFactory(DjangoModelFactory):
    class Meta:
        model = StatutoryInterestRate

    valid_from = factory.Sequence(lambda n: date(2020, 1, 1) + timedelta(days=n))
    percentage = Decimal("10.15")


class CollectionLetterFactory(DjangoModelFactory):
    class Meta:
        model = CollectionLetter

    business_entity = factory.SubFactory(BusinessEntityFactory)
    organization = factory.SubFactory(OrganizationFactory)
    contact = factory.SubFactory(ContactFactory)
    step = CollectionStep.REMINDER
    letter_date = factory.LazyFunction(clock.today)
    principal = Decimal("724.79")


class CollectionLineFactory(DjangoModelFactory):
    class Meta:
        model = CollectionLine

    letter = factory.SubFactory(CollectionLetterFactory)
    invoice = factory.SubFactory(InvoiceFactory)
    step = CollectionStep.REMINDER
    letter_date = factory.LazyFunction(clock.today)
    open_amount = Decimal("724.79")


class CollectionPauseFactory(DjangoModelFactory):
    class Meta:
        model = CollectionPause

    invoice = factory.SubFactory(InvoiceFactory)
    until = factory.LazyFunction(lambda: clock.today() + timedelta(days=14))
    reason = "De klant betwist de montage."


class DebtorFactory(OrganizationFactory):
    """A customer of a company with one invoice of EUR 121 that is late."""

    class Meta:
        model = Debtor
        skip_postgeneration_save = True

    @factory.post_generation
    def invoice(self, create, extracted, **fields):
        order = OrderFactory(business_entity=self.business_entity, customer_organization=self)
        InvoiceFactory(
            order=order, status="sent", invoice_number=f"LATE-{new_key()}"[:30], invoice_date=clock.today(),
            due_date=clock.today() - timedelta(days=3), approved_at=clock.now(), subtotal_excl_tax=Decimal("100.00"),
            total_tax=Decimal("21.00"), total_amount=Decimal("121.00"),
        )  # fmt: skip


class PaymentBatchFactory(DjangoModelFactory):
    """An open batch without transfers."""

    class Meta:
        model = PaymentBatch

    business_entity = factory.SubFactory(BusinessEntityFactory)
    batch_number = factory.Sequence(lambda n: f"OUT-CC-2026-{n:05d}")
    bank_account = factory.SubFactory(BankAccountFactory, business_entity=factory.SelfAttribute("..business_entity"))
    execution_date = factory.LazyFunction(clock.today)
    prepared_at = factory.LazyFunction(clock.now)


class PaymentBatchLineFactory(DjangoModelFactory):
    class Meta:
        model = PaymentBatchLine

    batch = factory.SubFactory(PaymentBatchFactory)
    beneficiary = factory.SubFactory(OrganizationFactory, partner=True)
    account_name = "Zonnestroom B.V."
    iban = "NL91ABNA0417164300"
    amount = Decimal("59.90")
    end_to_end_id = factory.Sequence(lambda n: f"OUT-CC-2026-{n:05d}-001")


class CommissionPayoutFactory(DjangoModelFactory):
    class Meta:
        model = CommissionPayout

    line = factory.SubFactory(PaymentBatchLineFactory)
    commission = factory.SubFactory(PartnerCommissionFactory)
    amount = Decimal("59.90")


class BankFileFactory(DjangoModelFactory):
    """A row alone; tests that need content send it."""

    class Meta:
        model = BankFile

    file = factory.Sequence(lambda n: f"bank_files/00/{n:032x}")
    file_name = "afschrift.xml"
    size_bytes = 1
    checksum = factory.Sequence(lambda n: f"{n:064x}")


class BankStatementFactory(DjangoModelFactory):
    class Meta:
        model = BankStatement

    bank_file = factory.SubFactory(BankFileFactory)
    business_entity = factory.SubFactory(BusinessEntityFactory)
    bank_account = factory.SubFactory(BankAccountFactory, business_entity=factory.SelfAttribute("..business_entity"))
    number = "231"
    source = "CAMT.053.001.08"
    opening_balance = Decimal("100.00")
    closing_balance = Decimal("110.00")
    position = 1


class BankTransactionFactory(DjangoModelFactory):
    """EUR 10 that came in, and its booking."""

    class Meta:
        model = BankTransaction
        skip_postgeneration_save = True

    business_entity = factory.SelfAttribute("bank_statement.business_entity")
    bank_account = factory.SelfAttribute("bank_statement.bank_account")
    bank_statement = factory.SubFactory(BankStatementFactory)
    fingerprint = factory.Sequence(lambda n: f"{n:064x}")
    booking_date = factory.LazyFunction(clock.today)
    value_date = factory.LazyFunction(clock.today)
    amount = Decimal("10.00")
    counterparty_name = "S Bakker"
    line_number = 1
    state = LineState.OPEN

    @factory.post_generation
    def entry(self, create, extracted, **kwargs):
        JournalEntryFactory(business_entity=self.business_entity, source_type="bank_transaction", source_id=self.pk)


class MatchProposalFactory(DjangoModelFactory):
    class Meta:
        model = MatchProposal

    bank_transaction = factory.SubFactory(BankTransactionFactory)
    rule = MatchRule.NAME
    score = 60
