"""The background worker's app. It carries no facts: a task is a nudge to look at a row, so losing one loses nothing."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")

app = Celery("chargecars", task_cls="apps.core.tasks:ActingTask")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
