from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.communication.templating import check_texts
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.support.choices import AssignedDepartment, TicketPriority, TicketStatus

BODY_LENGTH = 10_000
# What a macro knows of the ticket and its order, beside what every message knows of the company and the customer.
MACRO_VARIABLES = (
    "ticket_number",
    "ticket_subject",
    "order_number",
    "order_status",
    "planned_date",
    "requested_date",
    "hold_reason",
    "resume_date",
    "agent_name",
)
AFTERWARDS = (TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.RESOLVED)


class MacroQuerySet(ScopedQuerySet["Macro"]):
    is_group_wide_without_entity = True

    def get_by_natural_key(self, name: str, entity_code: str | None = None) -> "Macro":
        return self.get(name=name, business_entity__entity_code=entity_code)

    def in_use(self) -> "MacroQuerySet":
        return self.filter(is_active=True)


class Macro(AuditedModel):
    """An answer that is given often, and what is done with the ticket along with it."""

    name = models.CharField(_("name"), max_length=80)
    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: for the whole group
        blank=True,
        related_name="+",
        verbose_name=_("business entity"),
        help_text=_("Empty: for every business entity."),
    )
    text_nl = models.CharField(
        _("text (Dutch)"),
        max_length=BODY_LENGTH,
        help_text=_("Placeholders as {{ order_number }}; a part between {% if planned_date %} and {% endif %} may be left out."),
    )
    text_en = models.CharField(_("text (English)"), max_length=BODY_LENGTH)
    set_status = models.CharField(
        _("then the status"),
        max_length=10,
        choices=[(status.value, status.label) for status in AFTERWARDS],
        blank=True,
        help_text=_("Empty: it stays."),
    )
    set_priority = models.CharField(_("then the priority"), max_length=10, choices=TicketPriority, blank=True)
    set_department = models.CharField(_("then the department"), max_length=20, choices=AssignedDepartment, blank=True)
    take_it = models.BooleanField(_("whoever uses it takes the ticket"), default=False)
    order = models.PositiveSmallIntegerField(_("place in the list"), default=100)
    is_active = models.BooleanField(_("active"), default=True)

    objects = MacroQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "support_macro"
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering = ["order", "name"]
        constraints = [
            models.UniqueConstraint(
                name="support_macro_once",
                fields=["name", "business_entity"],
                nulls_distinct=False,
                violation_error_message=_("There is a macro of this name already."),
            ),
            models.CheckConstraint(
                name="support_macro_set_status_known",
                condition=models.Q(set_status__in=["", *sorted(str(status) for status in AFTERWARDS)]),
            ),
            models.CheckConstraint(
                name="support_macro_set_priority_known",
                condition=models.Q(set_priority__in=["", *sorted(TicketPriority.values)]),
            ),
            models.CheckConstraint(
                name="support_macro_set_department_known",
                condition=models.Q(set_department__in=["", *sorted(AssignedDepartment.values)]),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str, str | None]:
        return (self.name, self.business_entity.entity_code if self.business_entity else None)

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's own convention

    def clean(self) -> None:
        """A text that could not be used cannot be saved: every placeholder known, every tag allowed."""
        super().clean()
        check_texts({"text_nl": self.text_nl, "text_en": self.text_en}, allowed=MACRO_VARIABLES)
