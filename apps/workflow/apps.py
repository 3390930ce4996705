from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    name = "apps.workflow"
    label = "workflow"
    verbose_name = _("Workflow")

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.core.contributions import contributions
        from apps.core.records import register_record
        from apps.workflow import checks, subscribers  # noqa: F401  # importing subscribers subscribes them
        from apps.workflow.contributions import tiles
        from apps.workflow.models import BusinessCalendar, InternalTask
        from apps.workflow.services import register_machine
        from apps.workflow.work import tasks_to_do

        register_machine(InternalTask)
        register_record("business_calendar", BusinessCalendar)
        contributions.tiles.append(tiles)
        contributions.work.append(tasks_to_do)
        checks.register()
