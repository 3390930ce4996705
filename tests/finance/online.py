"""Paying online in small: a company with an account at a Mollie of our own, and customers who press its button."""

from contextlib import contextmanager
from urllib.parse import urlsplit

from apps.finance import services
from apps.finance.models import Invoice, OnlinePayment
from tests.factories.online import MollieConnectionFactory
from tests.fakes.mollie import FakeMollie


@contextmanager
def mollie_at(settings, *, entity=None):
    """Mollie on loopback, and a company's account there."""
    with FakeMollie() as fake:
        settings.MOLLIE_API_URL = fake.url
        if entity is not None:
            MollieConnectionFactory(business_entity=entity)
        yield fake


def link_of(invoice) -> str:
    """The path of an invoice's pay page."""
    return urlsplit(services.pay_link(Invoice.objects.get(pk=invoice.pk))).path


def press(client, invoice):
    """A customer opens the page and presses the button."""
    return client.post(link_of(invoice))


def started(client, invoice) -> OnlinePayment:
    answer = press(client, invoice)
    assert answer.status_code == 303, answer.content
    return OnlinePayment.objects.get(checkout_url=answer["Location"])


def call_hook(client, provider_id):
    """What Mollie does when something changed."""
    return client.post("/hooks/mollie", f"id={provider_id}", content_type="application/x-www-form-urlencoded")


def told(client, provider_id) -> None:
    """Mollie calls, and the worker looks into it."""
    assert call_hook(client, provider_id).status_code == 200
    services.online_payments_ask()


def fresh(record):
    return type(record).objects.get(pk=record.pk)
