from celery import shared_task

from apps.files import services


@shared_task(name="files.remove_orphans")
def remove_orphans() -> None:
    services.remove_orphans()
