"""The clock's timetable: made from settings once, and staff's from then on."""

from typing import Any

from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler


class StaffScheduler(DatabaseScheduler):
    """Leaves a row alone that exists already; the original writes the settings over what staff changed, at each start."""

    def update_from_dict(self, mapping: dict[str, dict[str, Any]]) -> None:
        made = set(PeriodicTask.objects.filter(name__in=mapping).values_list("name", flat=True))
        super().update_from_dict({name: entry for name, entry in mapping.items() if name not in made})
