from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrdersConfig(AppConfig):
    name = "apps.orders"
    label = "orders"
    verbose_name = _("Orders")

    def ready(self) -> None:
        from apps.orders.models import Order  # models must be loaded first
        from apps.workflow.services import register_machine

        register_machine(Order)
