"""Makes the yardstick's tables, an article or two, a partner with its key, orders to move; says the key."""

import hashlib
import os
import sys

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.benchmarks.plain.settings"
django.setup()

from django.contrib.auth import get_user_model  # noqa: E402 - Django is set up now
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from tests.benchmarks.plain.models import (  # noqa: E402
    Address,
    ApiKey,
    Article,
    Company,
    Contact,
    NumberSequence,
    Order,
    Organization,
    Partner,
    PartnerReference,
)

KEY = "a-key-of-the-yardstick-that-opens-nothing-else"
TO_MOVE = 20_000

call_command("migrate", "auth", verbosity=0)  # ahead of our own tables, which point to it
call_command("migrate", run_syncdb=True, verbosity=0)
if not ApiKey.objects.exists():
    user = get_user_model().objects.create(username="partner")
    ApiKey.objects.create(user=user, hashed=hashlib.sha256(KEY.encode()).hexdigest())
    company = Company.objects.create(name="ChargeCars", prefix="PL")
    NumberSequence.objects.create(company=company, year=timezone.now().year)
    partner = Partner.objects.create(user=user, company=company, slug="groendus", name="Groendus")
    for number, price in (("GRO-ALFEN-11", "949.00"), ("GRO-INSTALL-1", "425.00")):
        Article.objects.create(number=number, name=number, price=price)
    customer = Organization.objects.create(company=company, name="X", email="x@example.nl")
    contact = Contact.objects.create(organization=customer, first_name="X", email="x@example.nl")
    place = Address.objects.create(
        organization=customer, kind="home", street="Lindelaan", house_number="1", postal_code="3861AB", city="Nijkerk"
    )
    orders = Order.objects.bulk_create(
        Order(
            number=f"X-{number}", company=company, partner=partner, customer=customer, contact=contact, installation_address=place
        )
        for number in range(TO_MOVE)
    )
    PartnerReference.objects.bulk_create(
        PartnerReference(partner=partner, order=order, partner_order_id=order.number, payload={}) for order in orders
    )
sys.stdout.write(KEY)
