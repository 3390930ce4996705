"""Gives the application's role what it may do with each table, and nothing more. Run after every migrate."""

from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError
from django.db import connections, models, transaction
from psycopg import sql

ALL = "SELECT, INSERT, UPDATE, DELETE"


class Command(BaseCommand):
    help = (
        "Grants the application's role its rights, as the owner: everything but TRUNCATE on each model's table, "
        "or what the model's attribute `app_privileges` says."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="owner", help="alias of the owner's connection")

    def handle(self, *, database: str, **options: Any) -> None:
        role = connections["default"].settings_dict["USER"]
        if role == connections[database].settings_dict["USER"]:
            self.stderr.write("The application connects as the owner of the tables: no right to take away or give.")
            return
        with transaction.atomic(using=database), connections[database].cursor() as cursor:
            made = set(connections[database].introspection.table_names(cursor))
            wanted = {table: rights for table, rights in privileges_by_table().items() if table in made}
            for statement in statements(role, wanted):
                cursor.execute(statement)
        if options["verbosity"]:
            self.stdout.write(f"Rights of {role} applied.")


def privileges_by_table() -> dict[str, str]:
    tables = {"django_migrations": "SELECT"}
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed or hasattr(model, "app_privileges"):
            tables[model._meta.db_table] = privileges(model)
    return tables


def privileges(model: type[models.Model]) -> str:
    rights: str = getattr(model, "app_privileges", ALL)
    unknown = {right.strip() for right in rights.split(",")} - {"SELECT", "INSERT", "UPDATE", "DELETE"}
    if unknown:
        raise CommandError(f"{model.__name__}.app_privileges names {', '.join(sorted(unknown))}")
    return rights


def statements(role: str, tables: dict[str, str]) -> list[sql.Composable]:
    by_rights = defaultdict(list)
    for table, rights in tables.items():
        by_rights[rights].append(sql.Identifier(table))
    name = sql.Identifier(role)
    return [
        sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(name),
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        *(
            sql.SQL("GRANT {} ON TABLE {} TO {}").format(sql.SQL(rights), sql.SQL(", ").join(names), name)
            for rights, names in by_rights.items()
        ),
    ]
