from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    name = "apps.workflow"
    label = "workflow"
    verbose_name = _("Workflow")

    def ready(self) -> None:
        from apps.workflow.models import InternalTask  # models must be loaded first
        from apps.workflow.services import register_machine

        register_machine(InternalTask)
