"""Brings a backup back and proves that nothing is missing."""

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from apps.core.backup import BackupProblem, restore
from apps.core.backup.restoring import pointed_at


class Command(BaseCommand):
    help = (
        "Restores a backup into an empty database, as the owner: compares every table with the original, gives the "
        "application its rights, and runs `verify`. Nothing is sent from the copy until `resume_sending`."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--into", metavar="DATABASE", help="another database of the same server; made when absent")
        parser.add_argument(
            "--media", type=Path, help="where the attachments go (default: MEDIA_ROOT; with --into a folder beside)"
        )
        parser.add_argument("--replace", action="store_true", help="throw away what the database holds now")
        parser.add_argument("--no-input", action="store_false", dest="interactive", help="do not ask before replacing")

    def handle(self, *, file: Path, into: str | None, media: Path | None, replace: bool, **options: Any) -> None:
        began = time.monotonic()
        configured = connections["owner"].settings_dict["NAME"]
        database = into or configured
        if replace and options["interactive"]:
            self._ask(database)
        root = Path(settings.MEDIA_ROOT)
        folder = media or (root if database == configured else root.with_name(f"media-{database}"))
        try:
            restore(file.resolve(), database, media=folder, replace=replace, say=self.stdout.write)
        except (BackupProblem, OSError) as problem:
            raise CommandError(str(problem)) from problem
        with pointed_at(database):
            call_command("check_grants", stdout=self.stdout)
            call_command("verify", stdout=self.stdout)
        self.stdout.write(
            f"Restored into {database} in {time.monotonic() - began:.1f} s. Sending is held: what was due may have been sent "
            "before. Look at it, then press the button on the home page or run manage.py resume_sending. Restart what runs."
        )

    def _ask(self, database: str) -> None:
        if input(f"Everything in the database {database} will be lost. Type its name to go on: ") != database:
            raise CommandError("Nothing was changed.")
