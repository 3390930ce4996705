"""Checks e-invoices by the official rules, which the user has downloaded."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from apps.core.errors import DomainError
from apps.finance.documents.rules import Finding, Rules


class Command(BaseCommand):
    help = (
        "Checks e-invoices (UBL) by the XML Schemas (.xsd) and compiled Schematron (.xsl, .xslt) in a folder and the folders in "
        "it. Names every rule that is broken; ends with exit code 1 when one is fatal. Keep the rules of each kind of document "
        "(Peppol BIS Billing 3, NLCIUS, its g-account extension) with the UBL 2.1 schemas in a folder of its own."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="e-invoice to check")
        parser.add_argument("--rules", required=True, type=Path, metavar="DIR", help="folder with the rules")

    @no_translations  # the rules speak English too
    def handle(self, *args: Any, files: list[Path], rules: Path, **options: Any) -> None:
        try:
            known = Rules(rules)
            refused = sum(self._is_refused(path, known) for path in files)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if refused:
            raise CommandError(f"{refused} of {len(files)} files break a rule that is fatal.")

    def _is_refused(self, path: Path, rules: Rules) -> bool:
        try:
            findings = rules.check(path.read_bytes())
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        self.stdout.write(f"{path}: {_summary(findings)}")
        for each in findings:
            self.stdout.write(f"  {each.flag} {each.rule} {each.location}\n    {each.text}")
        return any(each.is_fatal for each in findings)


def _summary(findings: list[Finding]) -> str:
    fatal = sum(each.is_fatal for each in findings)
    return f"{fatal} fatal, {len(findings) - fatal} warnings" if findings else "no rule is broken"
