"""What follows from the engine's own events."""

from django.utils.translation import gettext_lazy as _

from apps.events.services import subscribe
from apps.workflow import services
from apps.workflow.events import ClocksOutdated


@subscribe(ClocksOutdated, does=_("Set the other clocks anew"))
def recompute_the_rest(event: ClocksOutdated) -> None:
    services.recompute(
        services.Affected(
            business_entity_id=event.business_entity_id,
            entity_type=event.entity_type,
            workflow=event.workflow,
            status=event.status,
            after=event.after,
        )
    )
