"""The project: settings, urls, celery, runtime. It knows every app and is known by none."""

from chargecars.celery import app as celery_app

__all__ = ["celery_app"]
