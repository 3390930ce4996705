from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "apps.reporting"
    label = "reporting"
    verbose_name = _("Reporting")

    def ready(self) -> None:
        from apps.core.consistency import checks as consistency
        from apps.reporting import checks, contributions, services

        contributions.register()
        checks.register()
        consistency.listen(services.keep_results)
