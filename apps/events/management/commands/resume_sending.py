"""Lets go what a restored copy holds back."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.actor import acting
from apps.events.models import SendingHold
from apps.events.services import resume_sending


class Command(BaseCommand):
    help = "Sends again, after a restore: whatever is due goes out at once, also what may have been sent before."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(kind="system", label="resume_sending", source="resume_sending"):
            held = list(SendingHold.objects.filter(released_at=None))
            for hold in held:
                resume_sending(hold=hold, by=None)
        self.stdout.write("Sending goes on." if held else "Nothing was held.")
