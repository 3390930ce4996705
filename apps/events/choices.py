from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    """Where a delivery stands; a parked one waits for a person."""

    TODO = "todo", _("to do")
    DONE = "done", _("done")
    PARKED = "parked", _("parked")


class RunState(models.TextChoices):
    """How a run of a job went; one that found nothing to do went well too."""

    RUNNING = "running", _("running")
    DONE = "done", _("done")
    IDLE = "idle", _("nothing to do")
    FAILED = "failed", _("failed")


WENT_WELL = (RunState.DONE, RunState.IDLE)
