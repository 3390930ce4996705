"""A small world in which everything that `verify` looks at has happened, each thing by the services."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import override_settings

from apps.accounts.models import User
from apps.catalog.models import Article
from apps.core import clock
from apps.events.services import deliver_due
from apps.finance import services as finance
from apps.finance.services import accounting
from apps.orders.models import Order
from apps.orders.services import LineData, OrderData, create_order, order_hold_create, order_hold_resume
from apps.organizations.models import BankAccount, BusinessEntity, Organization
from apps.organizations.services import approve_request
from apps.partners.models import PartnerIntegration, PartnerOrderReference
from apps.partners.services import send_due
from apps.partners.simulator import Receiver
from apps.workflow.services import change_entity_status, complete_task, create_task, take_task
from tests.factories.finance import CommissionRuleFactory
from tests.factories.online import MollieConnectionFactory
from tests.factories.organizations import AddressFactory, ContactFactory
from tests.fakes.exact import FakeExact
from tests.fakes.mollie import FakeMollie
from tests.finance.accounting.desk import connected
from tests.finance.banking import Line, camt

LINES = (
    LineData(description="Laadpunt", quantity=Decimal(2), unit_price=Decimal("599.0050")),
    LineData(description="Kabel", quantity=Decimal(3), unit_price=Decimal("33.3300"), vat_rate=Decimal("0.0900")),
)


def placed_order(entity_code: str, *, order_type: str = "installation", is_test: bool = False) -> Order:
    """An order of our own, with two lines at two rates."""
    entity = BusinessEntity.objects.get_by_natural_key(entity_code)
    contact = ContactFactory(organization__business_entity=entity)
    data = OrderData(
        business_entity=entity,
        order_type=order_type,
        customer=contact.organization,
        contact=contact,
        installation_address=AddressFactory(),
        lines=LINES,
    )
    return create_order(data=data, by=None, is_test=is_test)


def move(order: Order, *statuses: str) -> None:
    for status in statuses:
        change_entity_status(
            entity_type="order",
            entity_id=order.pk,
            to_status=status,
            transition_reason="Zo afgesproken.",
            business_context={"planned_start_date": clock.today().isoformat()} if status == "scheduled" else {},
        )


def build() -> None:
    """Partners' orders at every status, told and untold; orders of our own, held, resumed, tried out; tasks."""
    call_command("seed_demo", orders=12, json=False, verbosity=0)
    _tell_partners()
    held = placed_order("laderthuis")
    order_hold_create(order=held, hold_reason_category="other", hold_reason_details="Vakantie", by=None)
    order_hold_resume(order=Order.objects.get(pk=held.pk), resolution_notes="Terug", by=None)
    placed_order("zaptecshop", order_type="webshop")
    placed_order("chargecars", is_test=True)
    _put_in_line_for_accounting(BusinessEntity.objects.get_by_natural_key("chargecars"))
    _invoice_and_pay(placed_order("chargecars"))
    _pay_online(placed_order("chargecars"))
    _give_up(placed_order("chargecars"))
    _sell_through_a_partner()
    accounting.queue_missing()
    task = create_task(title="Bel terug", due_at=clock.now() + timedelta(days=1))
    complete_task(task=take_task(task=task, by=User.objects.get(email="planner@demo.example")), by=None)
    while deliver_due():
        pass


def _invoice_and_pay(order: Order) -> None:
    (invoice,) = finance.invoice_generate(order=order, by=None)
    finance.payment_receive(
        business_entity=order.business_entity, amount=Decimal("100.00"), payment_date=clock.today(), payment_method="ideal", invoice=invoice
    )  # fmt: skip
    finance.invoice_credit(invoice=invoice, reason="Retour", by=None)


def _pay_online(order: Order) -> None:
    (invoice,) = finance.invoice_generate(order=order, by=None)
    MollieConnectionFactory(business_entity=order.business_entity)
    with FakeMollie() as mollie, override_settings(MOLLIE_API_URL=mollie.url):
        started = finance.online_payment_start(invoice=invoice)
        mollie.pays(started.provider_id, at=clock.now().isoformat())
        finance.online_payment_knock(provider_id=started.provider_id)
        finance.online_payments_ask()


def _give_up(order: Order) -> None:
    (invoice,) = finance.invoice_generate(order=order, by=None)
    asking, approving = (User.objects.get(email=f"{who}@demo.example") for who in ("planner", "admin"))
    approve_request(approval=finance.write_off_request(invoice=invoice, reason="Failliet", by=asking), by=approving)


def _put_in_line_for_accounting(entity: BusinessEntity) -> None:
    connected(entity, FakeExact(), "exact")


def _tell_partners() -> None:
    integration = PartnerIntegration.objects.get(partner_organization__slug="groendus")
    reference = PartnerOrderReference.objects.filter(integration=integration, order__status="both_approved").first()
    with Receiver({"groendus": integration.webhook_secret}) as receiver:
        PartnerIntegration.objects.filter(pk=integration.pk).update(webhook_url=receiver.url("groendus"))
        move(reference.order, "planning", "scheduled", "in_progress")
        while deliver_due():
            pass
        send_due()
        move(reference.order, "planning")
        while deliver_due():
            pass


def _sell_through_a_partner() -> None:
    """A completed order that a partner brought, paid by the bank, with the partner's part paid out and the goods' cost booked."""
    order = Order.objects.filter(status="completed", partner_organization__isnull=False, is_test=False).first()
    Organization.objects.filter(pk=order.partner_organization_id).update(iban="NL91ABNA0417164300")
    CommissionRuleFactory(organization=order.partner_organization, business_entity=None, auto_approve_below=Decimal(10_000))
    Article.objects.update(cost_price=Decimal("250.00"))
    (invoice,) = finance.invoice_generate(order=order, by=None)
    finance.refresh_commissions(order=order)
    account = BankAccount.objects.filter(business_entity=order.business_entity, is_primary=True).get()
    content = camt(Line(f"{invoice.total_amount}", invoice.invoice_number), iban=account.iban)
    finance.bank_file_receive(name="afschrift.xml", content=SimpleUploadedFile("afschrift.xml", content), by=None)
    finance.import_waiting_files()
    finance.payment_reconcile()
    batch = finance.prepare_payout(business_entity=order.business_entity, execution_date=clock.today(), by=None)
    finance.execute_payout(batch=batch, by=None)
    finance.update_financial_summaries()
