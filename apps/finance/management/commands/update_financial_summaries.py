"""Brings the months of our companies up to date."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from apps.finance.services import update_financial_summaries


class Command(BaseCommand):
    help = "Works out the months in which something changed since the last time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", dest="everything", help="every month there is")

    def handle(self, *args: Any, everything: bool, **options: Any) -> None:
        self.stdout.write(f"{update_financial_summaries(everything=everything)} months")
