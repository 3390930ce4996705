"""Compares what the application's role may do in the database with what it is to do."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import grants


class Command(BaseCommand):
    help = (
        "Names every right of the application's role that is too much or too little: on tables, sequences, functions, "
        "columns and the schema, by ownership, membership or as a superuser. Ends with exit code 1 when there is one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="default", help="alias of the application's connection")

    def handle(self, *, database: str, **options: Any) -> None:
        found = grants.differences(database)
        for text in found:
            self.stdout.write(text)
        if found:
            raise CommandError(f"{len(found)} differences; manage.py apply_grants puts rights on tables and functions right")
        if options["verbosity"]:
            self.stdout.write("The application may do what it is to do, and no more.")
