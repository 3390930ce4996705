from django.db import models
from django.utils.translation import gettext_lazy as _


class DeliveryState(models.TextChoices):
    """Where a delivery stands; a parked one waits for a person."""

    TODO = "todo", _("to do")
    DONE = "done", _("done")
    PARKED = "parked", _("parked")
