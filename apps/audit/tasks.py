from celery import shared_task

from apps.audit import services


@shared_task(name="audit.keep_partitions")
def keep_partitions() -> None:
    services.keep_partitions()
