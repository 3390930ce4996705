from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"

    def ready(self) -> None:
        from apps.core.actor import stamp_connection  # models must be loaded first

        connection_created.connect(stamp_connection, dispatch_uid="core.stamp_connection")
