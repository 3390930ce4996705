from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.organizations.models import ScopedQuerySet

NOTE_LENGTH = 5000


class OrderNoteQuerySet(ScopedQuerySet["OrderNote"]):
    entity_path = "order__business_entity"


class OrderNote(AuditedModel):
    """What a colleague wrote down about an order, for colleagues alone: no partner and no customer reads it."""

    entity_type = "order_note"

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="order_notes", verbose_name=_("order"))
    text = models.CharField(_("note"), max_length=NOTE_LENGTH)
    written_at = models.DateTimeField(_("written at"))
    written_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,  # null: the system
        related_name="+",
        verbose_name=_("written by"),
    )

    objects = OrderNoteQuerySet.as_manager()

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "order_note"
        verbose_name = _("note on an order")
        verbose_name_plural = _("notes on orders")
        ordering = ["-written_at"]
        constraints = [models.CheckConstraint(name="order_note_says_something", condition=~models.Q(text=""))]
        indexes = [models.Index(name="order_note_newest", fields=["-written_at"])]

    def __str__(self) -> str:
        return self.text[:80]
