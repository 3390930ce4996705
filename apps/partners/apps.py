from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    name = "apps.partners"
    label = "partners"
    verbose_name = _("Partners")

    def ready(self) -> None:
        # Subscribing and contributing need models, which are loaded by now.
        from apps.core.contributions import contributions
        from apps.core.records import register_record
        from apps.partners import checks, pages, subscribers  # noqa: F401
        from apps.partners.models import PartnerIntegration
        from apps.partners.work import deliveries_parked

        register_record(PartnerIntegration.entity_type, PartnerIntegration)
        contributions.add_timeline("order", pages.deliveries_in_timeline, right=pages.MAY_SEE)
        contributions.add_timeline("order", pages.messages_in_timeline, right=pages.MAY_SEE)
        contributions.add_timeline("order", pages.reports_in_timeline, right=pages.MAY_SEE)
        contributions.add_panel("order", pages.deliveries_panel, right=pages.MAY_SEE)
        contributions.tiles.append(pages.tiles)
        contributions.work.append(deliveries_parked)
        checks.register()
