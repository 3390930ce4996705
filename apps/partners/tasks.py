from celery import shared_task

from apps.partners import services
from apps.partners.doorbell import SEND


@shared_task(name=SEND)
def send_due() -> None:
    """Send what is due to partners: rung after each status change, and the clockwork's net under it."""
    services.send_due()


@shared_task(name="partners.refresh_health")
def refresh_health() -> None:
    services.refresh_health()
