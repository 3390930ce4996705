from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "apps.orders"
    label = "orders"
    verbose_name = _("Orders")
    app_views = ("words_of_order",)  # `verify` reads it

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.communication.notices import notices
        from apps.core.records import register_record
        from apps.orders import checks, contributions, notifications, subscribers  # noqa: F401  # importing subscribers subscribes them
        from apps.orders.models import Order, OrderNote
        from apps.orders.services import register_acts
        from apps.workflow.services import register_machine

        register_machine(Order)
        register_record(OrderNote.entity_type, OrderNote)
        register_acts()
        contributions.register()
        notices.add(*notifications.NOTICES)
        checks.register()
