from celery import shared_task

from apps.accounts import services


@shared_task(name="accounts.forget_ended_sessions")
def forget_ended_sessions() -> None:
    services.forget_ended_sessions()
