from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.models import BusinessModel
from apps.organizations.models import ScopedQuerySet
from apps.support.models.ticket import Ticket


class TicketPresenceQuerySet(ScopedQuerySet["TicketPresence"]):
    entity_path = "ticket__business_entity"


class TicketPresence(BusinessModel):
    """Who had a ticket open, and when last: so that two colleagues do not write the same answer."""

    ticket = models.ForeignKey(
        Ticket, on_delete=models.CASCADE, related_name="presences", verbose_name=_("ticket"), db_index=False
    )  # cascade: a fleeting note
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("user"))
    seen_at = models.DateTimeField(_("seen at"))

    objects = TicketPresenceQuerySet.as_manager()

    class Meta(BusinessModel.Meta):
        db_table = "support_ticket_presence"
        verbose_name = _("presence")
        verbose_name_plural = _("presences")
        constraints = [models.UniqueConstraint(name="support_ticket_presence_once", fields=["ticket", "user"])]
        indexes = [models.Index(name="support_ticket_presence_age", fields=["seen_at"])]

    def __str__(self) -> str:
        return f"{self.user}"
