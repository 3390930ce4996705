"""Writes what a company booked as a file that other accounting programs read; its columns stand in `documents.books_file`."""

from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.api.values import parse_day
from apps.finance.services.books import FORMATS, books_file
from apps.organizations.models import BusinessEntity


class Command(BaseCommand):
    help = "Exports every booking of a company between two days, with its documents, VAT codes and control totals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--entity", required=True, help="code of the company, such as chargecars")
        parser.add_argument("--from", dest="since", required=True, help="first day (YYYY-MM-DD)")
        parser.add_argument("--to", dest="until", required=True, help="last day (YYYY-MM-DD)")
        parser.add_argument("--format", dest="file_format", choices=list(FORMATS), default="csv")
        parser.add_argument("--output", type=Path, help="file to write; without it the export is printed")

    def handle(
        self, *args: Any, entity: str, since: str, until: str, file_format: str, output: Path | None, **options: Any
    ) -> None:
        company = BusinessEntity.objects.filter(entity_code=entity).first()
        if company is None:
            raise CommandError(f"There is no company {entity}.")
        first, last = _day(since), _day(until)
        if last < first:
            raise CommandError(f"{until} lies before {since}.")
        pieces = books_file(business_entity=company, since=first, until=last, file_format=file_format)
        if output is None:
            self.stdout.writelines(_texts(pieces))
            return
        with output.open("wb") as file:
            file.writelines(pieces)
        self.stdout.write(str(output))


def _day(text: str) -> date:
    day = parse_day(text)
    if day is None:
        raise CommandError(f"{text} is no day; write it as YYYY-MM-DD.")
    return day


def _texts(pieces: Iterable[bytes]) -> Iterator[str]:
    return (piece.decode() for piece in pieces)
