from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "apps.audit"
    label = "audit"
    verbose_name = _("Audit")
    app_functions = ("chargecars_log_act", "chargecars_keep_audit_partitions")  # the rest only triggers may call

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.audit import checks
        from apps.audit.services import log_export
        from apps.core.exports import register_export_log

        checks.register()
        register_export_log(log_export)
