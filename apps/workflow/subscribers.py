"""What follows from the engine's own events."""

from django.utils.translation import gettext_lazy as _

from apps.events.services import subscribe
from apps.workflow import services
from apps.workflow.choices import Stage
from apps.workflow.events import ClocksOutdated, OverdueEnded, SlaStageReached

ASKED_AT = (Stage.BREACHED.code, Stage.ESCALATED.code)


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


@subscribe(SlaStageReached, does=_("Ask somebody to see to what is overdue"))
def see_to_overdue(event: SlaStageReached) -> None:
    """A promise of a record's own is its app's to see to."""
    if event.stage in ASKED_AT and not event.promise:
        services.see_to_overdue(entity_type=event.entity_type, entity_id=event.entity_id, since=event.since, stage=event.stage)


@subscribe(OverdueEnded, does=_("Finish the task about what was overdue"))
def close_overdue_task(event: OverdueEnded) -> None:
    services.close_overdue_task(entity_type=event.entity_type, entity_id=event.entity_id)
