"""Brings the words by which orders are found in line with the orders."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connections

REBUILD = """
    INSERT INTO order_words (order_id, text, partner_id)
    SELECT now.order_id, now.text, now.partner_id FROM words_of_order AS now LEFT JOIN order_words AS kept USING (order_id)
    WHERE kept.order_id IS NULL OR (now.text, now.partner_id) IS DISTINCT FROM (kept.text, kept.partner_id)
    ON CONFLICT (order_id) DO UPDATE SET text = excluded.text, partner_id = excluded.partner_id
"""


class Command(BaseCommand):
    help = "Writes the words of each order anew where they are not those of the order: what `verify` tells as order_words."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--database", default="owner", help="whose connection writes (default: the tables' owner)")

    def handle(self, *args: Any, database: str, **options: Any) -> None:
        with connections[database].cursor() as cursor:
            cursor.execute(REBUILD)
            self.stdout.write(f"{cursor.rowcount} orders")
