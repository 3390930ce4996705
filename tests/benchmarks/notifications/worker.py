"""Run in the system under measurement: a worker that sends what is due until nothing is."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from apps.communication.services import send_due_messages  # noqa: E402 - Django is set up now

if __name__ == "__main__":
    while send_due_messages(limit=1_000, seconds=60):
        pass
