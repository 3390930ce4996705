from collections.abc import Iterable
from uuid import UUID

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.models import known
from apps.core.prepared import execute
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.workflow.choices import StatusCategory

COLOUR = r"^#[0-9A-Fa-f]{6}$"
MOST_HOURS = 8784  # a leap year

# FOR SHARE, which the ORM cannot say: many records may arrive in a status at once, and none of them waits for another.
IN_FORCE = """
    SELECT {columns} FROM status_policy
    WHERE entity_type = %s AND workflow = %s AND status = %s AND (business_entity_id IS NULL OR business_entity_id = %s)
    ORDER BY business_entity_id NULLS FIRST
    FOR SHARE
"""


class StatusPolicyQuerySet(ScopedQuerySet["StatusPolicy"]):
    is_group_wide_without_entity = True

    def get_by_natural_key(self, entity_type: str, workflow: str, status: str, entity_code: str | None = None) -> "StatusPolicy":
        return self.get(entity_type=entity_type, workflow=workflow, status=status, business_entity__entity_code=entity_code)

    def in_force(self, entity_type: str, workflow: str, status: str, business_entity_id: UUID | None) -> "StatusPolicy | None":
        """The policy that holds for a record in a status, kept from changing until this transaction ends.

        Whoever changes a policy recomputes its clocks: without the lock a record that arrives meanwhile, unseen by the
        other, would keep a deadline by the old hours.
        """
        columns = [field.attname for field in self.model._meta.concrete_fields]
        sql = IN_FORCE.format(columns=", ".join(f'"{column}"' for column in columns))
        found = execute(sql, (entity_type, workflow, status, business_entity_id))
        return self.model.from_db(self.db, columns, found[-1]) if found else None

    def of(self, entity_type: str, workflow: str, business_entity_id: UUID | None) -> "StatusPolicyQuerySet":
        """The policies that apply to a record, the business entity's own after the group's."""
        entity = Q(business_entity=None)
        if business_entity_id is not None:
            entity |= Q(business_entity=business_entity_id)
        own_last = models.F("business_entity").asc(nulls_first=True)
        return self.filter(entity, entity_type=entity_type, workflow=workflow).order_by("order", own_last)


class StatusPolicy(AuditedModel):
    """What a status is called, looks like and asks for. A business entity's own policy stands above the group's.

    Which statuses there are and which arrows lead from one to the other is code; this is what staff may arrange.
    """

    entity_type = models.CharField(_("kind of record"), max_length=50)
    workflow = models.CharField(_("workflow"), max_length=50, default="default")
    status = models.CharField(_("status"), max_length=50)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: for the whole group
        blank=True,
        related_name="+",
        verbose_name=_("business entity"),
        help_text=_("Empty: for every business entity that has no policy of its own."),
    )
    label_nl = models.CharField(_("label (Dutch)"), max_length=60)
    label_en = models.CharField(_("label (English)"), max_length=60)
    customer_label_nl = models.CharField(_("customer label (Dutch)"), max_length=100, blank=True)
    customer_label_en = models.CharField(_("customer label (English)"), max_length=100, blank=True)
    colour = models.CharField(
        _("colour"), max_length=7, default="#6B7280", validators=[RegexValidator(COLOUR, _("A colour such as #007BFF."))]
    )
    category = models.CharField(_("category"), max_length=20, choices=StatusCategory)
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    sla_hours = models.PositiveIntegerField(
        _("SLA in hours"),
        null=True,  # null: no deadline
        blank=True,
        validators=[MaxValueValidator(MOST_HOURS)],
        help_text=_("How long a record may stay in this status. Empty: no deadline."),
    )
    reason_required = models.BooleanField(_("a reason is required"), default=False)
    visible_to_customer = models.BooleanField(_("visible to the customer"), default=True)
    notify = models.BooleanField(_("notify"), default=False)
    milestone = models.BooleanField(_("milestone"), default=False)
    final = models.BooleanField(_("final"), default=False)

    objects = StatusPolicyQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "status_policy"
        verbose_name = _("status policy")
        verbose_name_plural = _("status policies")
        ordering = ["entity_type", "workflow", "order", "status"]
        constraints = [
            models.UniqueConstraint(
                name="status_policy_once",
                fields=["entity_type", "workflow", "status", "business_entity"],
                nulls_distinct=False,
                violation_error_message=_("This status already has a policy."),
            ),
            known("category", StatusCategory),
            models.CheckConstraint(name="status_policy_colour", condition=Q(colour__regex=COLOUR)),
            models.CheckConstraint(
                name="status_policy_sla_hours",
                condition=Q(sla_hours__isnull=True) | Q(sla_hours__lte=MOST_HOURS),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} ({self.entity_type})"

    def natural_key(self) -> tuple[str, str, str, str | None]:
        entity_code = self.business_entity.entity_code if self.business_entity else None
        return (self.entity_type, self.workflow, self.status, entity_code)

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's own convention

    @property
    def label(self) -> str:
        """The name of the status for staff, in the language of the moment."""
        return self.label_nl if _is_dutch() else self.label_en

    @property
    def customer_label(self) -> str:
        """The words for the customer, in the language of the moment; the staff's name where none are set."""
        return (self.customer_label_nl if _is_dutch() else self.customer_label_en) or self.label


def _is_dutch() -> bool:
    return (get_language() or "").startswith("nl")


class PolicyBook:
    """The policies of one workflow, looked up in memory: the business entity's own first, else the group's."""

    def __init__(self, policies: Iterable[StatusPolicy]) -> None:
        self._policies = {(policy.status, policy.business_entity_id): policy for policy in policies}

    def find(self, status: str, business_entity_id: UUID | None) -> StatusPolicy | None:
        own = self._policies.get((status, business_entity_id))
        return own or self._policies.get((status, None))
