"""A month of work, each act by its service and at a moment of its own, drawn from a seed."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from random import Random

import time_machine
from django.core.management import call_command
from django.db import transaction

from apps.core import clock
from apps.core.errors import DomainError
from apps.finance import services as finance
from apps.finance.models import Invoice
from apps.orders.models import Order
from apps.orders.services import order_hold_create, order_hold_resume, remove_order, restore_order
from apps.organizations.models import NumberSequence, Organization
from apps.reporting.demo import WAY
from apps.reporting.models import Verified
from apps.workflow.services.monitoring import process_deadlines
from tests.factories.events import EventDeliveryFactory
from tests.factories.finance import BankTransactionFactory, CommissionRuleFactory
from tests.factories.online import OnlinePaymentFactory
from tests.factories.organizations import OrganizationFactory
from tests.factories.partners import PartnerDeliveryFactory, PartnerOrderReferenceFactory
from tests.factories.reporting import ReportMailFactory
from tests.factories.support import TicketFactory
from tests.reporting.worlds import move, placed_order

BEGAN = datetime(2026, 10, 24, 8, tzinfo=UTC)  # the night after it the clocks go back
HOURS = 24 * 33
COMPANIES = ("chargecars", "laderthuis", "zaptecshop")
REASONS = ("customer_delay", "other", "weather_delay")
ACTS = (*["step"] * 5, "hold", "resume", "cancel", "remove", "restore", "invoice", "pay", "credit")


class Month:
    """Orders of three companies, with and without partners, each going its own way."""

    def __init__(self, seed: int, *, orders: int, acts: int) -> None:
        self.chance = Random(seed)
        self.orders, self.acts = orders, acts
        self.partners: list[Organization] = []

    def make(self) -> None:
        self.partners = OrganizationFactory.create_batch(2, partner=True)
        for partner in self.partners:
            CommissionRuleFactory(organization=partner, business_entity=None, auto_approve_below=Decimal(10_000))
        moments = sorted(BEGAN + timedelta(hours=self.chance.uniform(0, HOURS)) for _ in range(self.acts))
        placed = []
        for number, moment in enumerate(moments):
            if number % (self.acts // self.orders) == 0:
                placed.append(self.place(moment))
            with time_machine.travel(moment, tick=False):
                self.act(self.chance.choice(placed))
        with time_machine.travel(moments[-1], tick=False):
            for order in Order.objects.filter(status="completed", is_test=False, deleted_at=None):
                finance.refresh_commissions(order=order)
        self.go_wrong(moments[-1])

    def go_wrong(self, at: datetime) -> None:
        """What no service does on purpose."""
        invoice = Invoice.objects.filter(invoice_number__isnull=False).first()
        OnlinePaymentFactory(invoice=invoice, business_entity=invoice.business_entity, state="failed", started_at=at)
        reference = PartnerOrderReferenceFactory(order=invoice.order)
        for state in ("parked", "parked", "todo"):
            PartnerDeliveryFactory(reference=reference, state=state)
        EventDeliveryFactory(state="parked")
        ReportMailFactory(next_attempt_at=None)
        ReportMailFactory()
        TicketFactory.create_batch(2, business_entity=invoice.business_entity)
        with transaction.atomic():  # an entry balances when its transaction ends
            BankTransactionFactory.create_batch(2)
        NumberSequence.objects.filter(pk=NumberSequence.objects.first().pk).update(current_value=90_000)
        call_command("verify", only=["holds"], stdout=StringIO())
        Verified.objects.update(differences=3)
        process_deadlines(clock.now())

    def place(self, moment: datetime) -> Order:
        code = self.chance.choice(COMPANIES)
        order = placed_order(
            code, order_type="webshop" if code == "zaptecshop" else "installation", is_test=self.chance.random() < 0.1
        )
        partner = self.chance.choice([None, *self.partners])
        Order.objects.filter(pk=order.pk).update(created_at=moment, partner_organization=partner)
        return order

    def act(self, order: Order) -> None:
        """One thing that may happen to it; what is not possible now is refused, and changes nothing."""
        with suppress(DomainError):
            getattr(self, self.chance.choice(ACTS))(Order.objects.get(pk=order.pk))

    def step(self, order: Order) -> None:
        way = (
            WAY
            if order.workflow == "installation"
            else ("approved", "in_production", "ready_for_delivery", "delivered", "completed")
        )
        place = way.index(order.status) + 1 if order.status in way else 0
        move(order, *way[place : place + self.chance.randint(1, 4)])

    def hold(self, order: Order) -> None:
        order_hold_create(
            order=order,
            hold_reason_category=self.chance.choice(REASONS),
            hold_reason_details="Vakantie",
            estimated_resume_date=self.chance.choice([None, clock.today() + timedelta(days=self.chance.randint(1, 20))]),
            by=None,
        )

    def resume(self, order: Order) -> None:
        order_hold_resume(order=order, resolution_notes="Terug", by=None)

    def cancel(self, order: Order) -> None:
        if self.chance.random() < 0.3:
            move(order, "cancelled")

    def remove(self, order: Order) -> None:
        remove_order(order=order, reason="Per abuis", by=None)

    def restore(self, order: Order) -> None:
        restore_order(order=order, by=None)

    def invoice(self, order: Order) -> None:
        finance.invoice_generate(order=order, by=None)
        finance.refresh_commissions(order=order)

    def pay(self, order: Order) -> None:
        for invoice in Invoice.objects.filter(order=order, invoice_number__isnull=False).exclude(invoice_type="credit_note"):
            finance.payment_receive(
                business_entity=order.business_entity,
                amount=self.chance.choice([invoice.balance, Decimal("100.00")]),
                payment_date=clock.today(),
                payment_method="ideal",
                invoice=invoice,
            )

    def credit(self, order: Order) -> None:
        for invoice in Invoice.objects.filter(order=order, invoice_number__isnull=False).exclude(invoice_type="credit_note"):
            finance.invoice_credit(invoice=invoice, reason="Retour", by=None)
