"""Works out the totals of all figures anew."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.reporting.services import rebuild_figures


class Command(BaseCommand):
    help = "Works out the totals of all figures from the rows that they count, beside a system that runs."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{rebuild_figures()} totals")
