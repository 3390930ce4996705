from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GatewayConfig(AppConfig):
    name = "apps.gateway"
    label = "gateway"
    verbose_name = _("Gateway")

    def ready(self) -> None:
        from apps.core.api import interceptors
        from apps.gateway.interceptors import answer_once, limit_calls

        interceptors.register(gate=limit_calls, wrap=answer_once)
