from celery import shared_task

from apps.core import clock
from apps.workflow import services


@shared_task(name="workflow.process_sla_monitoring")
def process_sla_monitoring() -> None:
    services.mark_overdue(clock.now())
