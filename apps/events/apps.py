from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"
    verbose_name = _("Events")

    def ready(self) -> None:
        from apps.core.backup import before_use
        from apps.core.contributions import contributions
        from apps.core.tasks import ActingTask
        from apps.events.contributions import held_sending, jobs_in_trouble, parked_deliveries
        from apps.events.services import hold_after_restore, recorded

        contributions.tiles += [parked_deliveries, jobs_in_trouble, held_sending]
        before_use.append(hold_after_restore)
        ActingTask.watch = staticmethod(recorded)
