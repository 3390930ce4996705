"""Explains every number of a company's series of invoices and credit notes."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core import clock
from apps.core.tables import TableFormat, table_pieces
from apps.finance.queries.numbers import COLUMNS, SERIES, given_numbers, summary_of
from apps.organizations.models import NumberSequence


class Command(BaseCommand):
    help = (
        "Prints, as CSV, each number that a company's series of invoices and of credit notes have given in a year, with the "
        "document that carries it. Ends with exit code 1 when a number is on no document."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("business_entity", help="code of the company, such as chargecars")
        parser.add_argument("--year", type=int, help="the year of the numbers; this year where none is given")

    def handle(self, *args: Any, business_entity: str, year: int | None, **options: Any) -> None:
        in_year = clock.today().year if year is None else year
        series = NumberSequence.objects.filter(
            business_entity__entity_code=business_entity, document_type__in=SERIES, year=in_year, is_test=False
        )
        found = list(series.select_related("business_entity").order_by("-document_type"))
        if not found:
            raise CommandError(f"{business_entity} has given no numbers in {in_year}.")
        for sequence in found:
            for piece in table_pieces(TableFormat.CSV_PLAIN, COLUMNS, given_numbers(sequence), title=str(sequence)):
                self.stdout.write(piece.decode().removeprefix("\ufeff"), ending="")
        gaps = sum(summary_of(sequence).missing for sequence in found)
        if gaps:
            sys.stderr.write(f"Gaps: {gaps}\n")
            raise SystemExit(1)
