"""Says which statuses that are to be told cannot be."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.communication.coverage import gaps


class Command(BaseCommand):
    help = (
        "Names every status whose policy asks for a message and that has no words for it in some company, language or "
        "channel that is in use. Ends with exit code 1 when there is one."
    )

    def handle(self, **options: Any) -> None:
        found = gaps()
        for gap in found:
            self.stdout.write(str(gap))
        if found:
            raise CommandError(f"{len(found)} gaps; write the templates, or switch the channel or the policy's notice off")
        if options["verbosity"]:
            self.stdout.write("Every status that is to be told can be, in every company, language and channel.")
