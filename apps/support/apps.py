from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SupportConfig(AppConfig):
    name = "apps.support"
    label = "support"
    verbose_name = _("Support")

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.core.records import register_record
        from apps.support import checks, contributions, subscribers  # noqa: F401  # importing subscribers subscribes them
        from apps.support.models import InboundMessage, Ticket
        from apps.support.services import register_acts
        from apps.workflow.services import register_machine

        register_machine(Ticket)
        register_record(InboundMessage.entity_type, InboundMessage)
        register_acts()
        contributions.register()
        checks.register()
