from datetime import date
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core import clock
from apps.core.models import known
from apps.orders.choices import EscalationLevel, HoldReason, OrderStatus
from apps.organizations.models import ScopedQuerySet


class OrderHoldQuerySet(ScopedQuerySet):
    entity_path = "order__business_entity"

    def active(self) -> Self:
        return self.filter(is_active=True)

    def late(self, *, on: date) -> Self:
        """Those that last longer than was expected."""
        return self.active().filter(estimated_resume_date__lt=on)


class OrderHold(AuditedModel):
    """One period in which work on an order was suspended: why, until when, and how it ended."""

    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="holds", verbose_name=_("order"))
    hold_reason_category = models.CharField(_("reason"), max_length=30, choices=HoldReason)
    hold_reason_details = models.CharField(_("explanation"), max_length=2000)
    previous_status = models.CharField(_("status before"), max_length=50, choices=OrderStatus)
    held_at = models.DateTimeField(_("held at"))
    created_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,  # null: the system
        blank=True,
        related_name="+",
        verbose_name=_("held by"),
    )
    estimated_resume_date = models.DateField(_("expected to go on"), null=True, blank=True)
    escalation_level = models.CharField(_("escalation"), max_length=20, choices=EscalationLevel, default=EscalationLevel.NONE)
    escalation_date = models.DateField(_("escalates on"))
    automatic_followup_date = models.DateField(_("next word to the customer"))
    customer_notified = models.BooleanField(_("customer told"), default=False)
    partner_notified = models.BooleanField(_("partner told"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    resolved_at = models.DateTimeField(_("resolved at"), null=True, blank=True)
    resolved_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,  # null: not resolved, or by the system
        blank=True,
        related_name="+",
        verbose_name=_("resolved by"),
    )
    resolution_notes = models.CharField(_("how it was resolved"), max_length=2000, blank=True)

    objects = OrderHoldQuerySet.as_manager()

    audit_root = ("order", "order_id")

    class Meta(AuditedModel.Meta):
        db_table = "order_hold_details"
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ["-held_at"]
        constraints = [
            known("hold_reason_category", HoldReason),
            known("escalation_level", EscalationLevel),
            known("previous_status", OrderStatus),
            models.UniqueConstraint(name="order_hold_one_active", fields=["order"], condition=models.Q(is_active=True)),
            models.CheckConstraint(name="order_hold_explained", condition=~models.Q(hold_reason_details="")),
            models.CheckConstraint(
                name="order_hold_active_until_resolved",
                condition=models.Q(is_active=True, resolved_at__isnull=True, resolved_by__isnull=True, resolution_notes="")
                | models.Q(is_active=False, resolved_at__isnull=False),
            ),
        ]

        indexes = [
            models.Index(name="order_hold_due", fields=["estimated_resume_date"], condition=models.Q(is_active=True)),
        ]

    def __str__(self) -> str:
        return self.get_hold_reason_category_display()

    @property
    def is_overdue(self) -> bool:
        """Whether it lasts longer than was expected."""
        return self.is_active and self.estimated_resume_date is not None and self.estimated_resume_date < clock.today()
