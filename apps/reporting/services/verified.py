"""What `verify` found is kept, so that those who cannot run it see it too."""

from collections.abc import Sequence

from django.db import transaction

from apps.core import clock
from apps.core.consistency import Result, checks
from apps.reporting.models import Verified
from apps.reporting.models.verified import ERROR_LENGTH


@transaction.atomic
def keep_results(results: Sequence[Result]) -> None:
    """Each check's last result, in place of the one before; none is kept of a check that there is no more."""
    now = clock.now()
    for result in results:
        found = {
            "label": result.label,
            "ran_at": now,
            "looked_at": result.looked_at,
            "differences": result.differences,
            "error": result.error[:ERROR_LENGTH],
        }
        Verified.objects.update_or_create(check_name=result.name, defaults=found)
    Verified.objects.exclude(check_name__in=checks.names()).delete()
