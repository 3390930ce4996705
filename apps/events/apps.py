from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"
    verbose_name = _("Events")

    def ready(self) -> None:
        from apps.core.contributions import contributions
        from apps.core.tasks import ActingTask
        from apps.events.contributions import jobs_in_trouble, parked_deliveries
        from apps.events.services import recorded

        contributions.tiles += [parked_deliveries, jobs_in_trouble]
        ActingTask.watch = staticmethod(recorded)
