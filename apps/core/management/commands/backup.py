"""Writes the whole system to one file."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.backup import BackupProblem, make
from apps.core.backup.parts import size


class Command(BaseCommand):
    help = (
        "Writes database and attachments, as they are at this moment, to one new file that only its owner may read. The "
        "system may run meanwhile. The keys of FIELD_ENCRYPTION_KEYS are not in it: keep them elsewhere."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file, or a folder to put it in")

    def handle(self, *, file: Path, **options: Any) -> None:
        began = time.monotonic()
        try:
            made = make(file.resolve(), self.stdout.write)
        except (BackupProblem, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{made} holds {size(made.stat().st_size)}, made in {time.monotonic() - began:.1f} s.")
