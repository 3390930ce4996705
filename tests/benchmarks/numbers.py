"""Run in the system under measurement: so many writers take numbers of one series, a fifth of them thinking better of it.

Says how many were taken in how long, and whether those that were kept are 1, 2, 3 ... without a gap.
"""

import json
import os
import sys
import threading
import time
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chargecars.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 - Django is set up now

from apps.core import clock  # noqa: E402
from apps.organizations.choices import DocumentType  # noqa: E402
from apps.organizations.models import BusinessEntity, NumberSequence  # noqa: E402
from apps.organizations.services import generate_entity_number  # noqa: E402

SERIES = DocumentType.VISIT  # nothing else of the benchmark has numbers of this kind


def run(writers: int, seconds: float) -> dict[str, Any]:
    entity = BusinessEntity.objects.get_by_natural_key("chargecars")
    series = NumberSequence.objects.filter(business_entity=entity, document_type=SERIES, year=clock.today().year)
    before = series.values_list("current_value", flat=True).first() or 0
    kept: list[str] = []
    tried: list[int] = []
    ends_at = time.monotonic() + seconds

    def write() -> None:
        turn = 0
        while time.monotonic() < ends_at:
            turn += 1
            with transaction.atomic():
                number = generate_entity_number(business_entity=entity, document_type=SERIES, on_date=clock.today())
                transaction.set_rollback(turn % 5 == 0)
            if turn % 5:
                kept.append(number)
        tried.append(turn)
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    values = sorted(int(number.rsplit("-", 1)[1]) for number in kept)
    return {"rate": sum(tried) / seconds, "gapless": values == list(range(before + 1, before + 1 + len(values)))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(int(sys.argv[1]), float(sys.argv[2]))))
