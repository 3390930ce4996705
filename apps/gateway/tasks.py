from celery import shared_task

from apps.gateway import services


@shared_task(name="gateway.forget_old")
def forget_old() -> None:
    services.forget_old()
