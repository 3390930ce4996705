from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.support.choices import TicketPriority, TicketType
from apps.workflow.models.policy import MOST_HOURS

HOURS = (MinValueValidator(1), MaxValueValidator(MOST_HOURS))


class SupportPolicyQuerySet(ScopedQuerySet["SupportPolicy"]):
    is_group_wide_without_entity = True

    def get_by_natural_key(self, ticket_type: str, priority: str, entity_code: str | None = None) -> "SupportPolicy":
        return self.get(ticket_type=ticket_type, priority=priority, business_entity__entity_code=entity_code)


class SupportPolicy(AuditedModel):
    """How soon we promise to answer and to solve: of a type of ticket, or of a priority.

    For a ticket the stricter of the two counts. A business entity's own policy stands in the place of the group's.
    """

    ticket_type = models.CharField(
        _("type"), max_length=10, choices=TicketType, blank=True, help_text=_("Empty: the policy is of a priority.")
    )
    priority = models.CharField(
        _("priority"), max_length=10, choices=TicketPriority, blank=True, help_text=_("Empty: the policy is of a type.")
    )
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: for the whole group
        blank=True,
        related_name="+",
        verbose_name=_("business entity"),
        help_text=_("Empty: for every business entity that has no policy of its own."),
    )
    response_sla_hours = models.PositiveIntegerField(
        _("first answer within (hours)"),
        null=True,  # null: nothing is promised
        blank=True,
        validators=HOURS,
        help_text=_("Hours of the business entity's calendar. Empty: nothing is promised."),
    )
    resolution_sla_hours = models.PositiveIntegerField(
        _("solution within (hours)"),
        null=True,  # null: nothing is promised
        blank=True,
        validators=HOURS,
        help_text=_("Hours of the business entity's calendar, without those of waiting for the customer."),
    )

    objects = SupportPolicyQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "support_policy"
        verbose_name = _("promise on tickets")
        verbose_name_plural = _("promises on tickets")
        ordering = ["-ticket_type", "priority"]
        constraints = [
            models.CheckConstraint(
                name="support_policy_of_type_or_priority",
                condition=Q(ticket_type__in=sorted(TicketType.values), priority="")
                | Q(ticket_type="", priority__in=sorted(TicketPriority.values)),
                violation_error_message=_("Choose a type or a priority, and not both."),
            ),
            models.UniqueConstraint(
                name="support_policy_once",
                fields=["ticket_type", "priority", "business_entity"],
                nulls_distinct=False,
                violation_error_message=_("There is a policy for this already."),
            ),
            models.CheckConstraint(
                name="support_policy_hours",
                condition=(Q(response_sla_hours__isnull=True) | Q(response_sla_hours__range=(1, MOST_HOURS)))
                & (Q(resolution_sla_hours__isnull=True) | Q(resolution_sla_hours__range=(1, MOST_HOURS))),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_ticket_type_display() or self.get_priority_display())

    def natural_key(self) -> tuple[str, str, str | None]:
        return (self.ticket_type, self.priority, self.business_entity.entity_code if self.business_entity else None)

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's own convention
