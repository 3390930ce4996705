from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationConfig(AppConfig):
    name = "apps.communication"
    label = "communication"
    verbose_name = _("Communication")

    def ready(self) -> None:
        from apps.communication import contributions, subscribers  # noqa: F401  # importing subscribers subscribes them
        from apps.communication.models import CommunicationMessage, CommunicationThread
        from apps.core.records import register_record

        register_record("communication_thread", CommunicationThread)
        register_record("communication_message", CommunicationMessage)
        contributions.register()
