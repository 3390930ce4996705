"""Gives the application's role what it may do in the database, and nothing more. Run after every migrate."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections, transaction

from apps.core import grants


class Command(BaseCommand):
    help = (
        "Grants the application's role its rights, as the owner: everything but TRUNCATE on each model's table, "
        "or what the model's attribute `app_privileges` says; and the functions that it calls."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="owner", help="alias of the owner's connection")

    def handle(self, *, database: str, **options: Any) -> None:
        role = connections["default"].settings_dict["USER"]
        if role == connections[database].settings_dict["USER"]:
            self.stderr.write("The application connects as the owner of the tables: no right to take away or give.")
            return
        with transaction.atomic(using=database):
            grants.apply(database, role)
        if options["verbosity"]:
            self.stdout.write(f"Rights of {role} applied.")
