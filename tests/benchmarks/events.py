"""Run in the system under measurement: cancels so many orders of a partner, each of which it is to hear of; says how many."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.db import transaction  # noqa: E402 - Django is set up now

from apps.core import clock  # noqa: E402
from apps.events.choices import DeliveryState  # noqa: E402
from apps.events.models import EventDelivery  # noqa: E402
from apps.orders.choices import FINAL_STATUSES  # noqa: E402
from apps.orders.models import Order  # noqa: E402
from apps.partners.choices import DeliveryState as PartnerState  # noqa: E402
from apps.partners.models import PartnerDelivery, PartnerIntegration, PartnerOrderReference  # noqa: E402
from apps.workflow.services import change_entity_status  # noqa: E402

TOGETHER = 50


def put_aside() -> None:
    """What earlier acts left to be told is not of this one."""
    EventDelivery.objects.filter(state=DeliveryState.TODO).update(state=DeliveryState.DONE, done_at=clock.now())
    waiting = PartnerDelivery.objects.filter(state=PartnerState.TODO, lease_until=None)
    waiting.update(state=PartnerState.DONE, delivered_at=clock.now())


if __name__ == "__main__":
    wanted, url = int(sys.argv[1]), sys.argv[2]
    put_aside()
    partner = PartnerIntegration.objects.get(partner_organization__slug="groendus")
    PartnerIntegration.objects.filter(pk=partner.pk).update(webhook_url=url)
    theirs = PartnerOrderReference.objects.filter(integration=partner)  # the status act's copies are nobody's to hear of
    orders = Order.objects.kept().filter(pk__in=theirs.values("order"), is_test=False)
    keys = list(orders.exclude(status__in=FINAL_STATUSES).order_by("-created_at").values_list("pk", flat=True)[:wanted])
    for start in range(0, len(keys), TOGETHER):
        with transaction.atomic():
            for key in keys[start : start + TOGETHER]:
                change_entity_status(
                    entity_type="order", entity_id=key, to_status="cancelled", transition_reason="De klant ziet ervan af."
                )
    sys.stdout.write(str(len(keys)))
