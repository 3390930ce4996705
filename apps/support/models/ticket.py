from datetime import datetime
from decimal import Decimal
from typing import Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core.fields import AmountField
from apps.core.models import known, trigrams, where_filled
from apps.orders.models import Order
from apps.organizations.models import BusinessEntity, Contact, Organization, ScopedQuerySet
from apps.support.choices import (
    SALES_CATEGORIES,
    SETTLED,
    UNFINISHED,
    AssignedDepartment,
    SalesStage,
    TicketCategory,
    TicketEscalation,
    TicketPriority,
    TicketSource,
    TicketStatus,
    TicketType,
)
from apps.support.models.machine import TicketMachine
from apps.support.models.promise import TicketPromise
from apps.workflow.models import GuardedQuerySet

DESCRIPTION_LENGTH = 50_000
RATINGS = (1, 5)
SALES = Q(ticket_type=TicketType.SALES)


class TicketQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    organization_paths = ("customer_organization",)

    def identified_by(self, value: str) -> Self:
        """The ticket with this key or this number."""
        try:
            return self.filter(pk=UUID(value))
        except ValueError:
            return self.filter(ticket_number=value.upper())

    def unfinished(self) -> Self:
        return self.filter(status__in=UNFINISHED)

    def of_user(self, user: User | AnonymousUser) -> Self:
        return self.filter(assigned_to=user.pk)

    def having(self, text: str) -> Self:
        """Each word stands in the number, the subject, or the name or address of whoever asked."""
        tickets = self
        for word in text.split()[:5]:
            tickets = tickets.filter(
                Q(ticket_number__iexact=word)
                | Q(subject__icontains=word)
                | Q(customer_organization__name__icontains=word)
                | Q(contact__email__icontains=word)
            )
        return tickets

    def overdue(self, *, at: datetime) -> Self:
        """Those of which a promise is broken that was not kept since."""
        return self.filter(Exists(TicketPromise.objects.filter(ticket=OuterRef("pk")).late(at)))

    def with_due(self) -> Self:
        """With `due_at`: the first moment at which something promised is due; null while the clock stands still."""
        promises = TicketPromise.objects.filter(ticket=OuterRef("pk")).not_kept()
        running = promises.filter(sla_deadline__isnull=False).order_by("sla_deadline")
        late = promises.filter(is_overdue=True)
        return self.annotate(
            due_at=Subquery(running.values("sla_deadline")[:1]),
            is_flagged_overdue=Exists(late),
        )

    def for_list(self) -> Self:
        """With what a line of a list shows of other records."""
        others = ("business_entity", "customer_organization", "contact", "assigned_to", "order")
        return self.select_related(*others).with_due()

    def for_page(self) -> Self:
        return self.for_list().select_related("merged_into", "follow_up_of", "converted_order", "created_by")


class Ticket(TicketMachine):
    """One question of one customer or partner to one of our companies, from when it comes in until it is answered."""

    ticket_number = models.CharField(_("ticket number"), max_length=20, unique=True, editable=False)
    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("business entity"), db_index=False
    )
    customer_organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("customer"), db_index=False
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("contact"))
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        null=True,  # null: about no order that we know of
        blank=True,
        related_name="tickets",
        verbose_name=_("order"),
        db_index=False,
    )
    subject = models.CharField(_("subject"), max_length=200)
    description = models.CharField(_("question"), max_length=DESCRIPTION_LENGTH)
    category = models.CharField(_("category"), max_length=20, choices=TicketCategory, default=TicketCategory.OTHER)
    priority = models.CharField(_("priority"), max_length=10, choices=TicketPriority, default=TicketPriority.NORMAL)
    source = models.CharField(_("came in by"), max_length=10, choices=TicketSource, editable=False)
    assigned_department = models.CharField(_("department"), max_length=20, choices=AssignedDepartment)
    assigned_to = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,  # null: nobody has taken it yet
        blank=True,
        related_name="tickets",
        verbose_name=_("assigned to"),
        db_index=False,
    )
    escalation = models.CharField(
        _("escalated to"), max_length=20, choices=TicketEscalation, default=TicketEscalation.NONE, editable=False
    )
    response_sla_hours = models.PositiveIntegerField(_("first answer within (hours)"), null=True, blank=True, editable=False)
    resolution_sla_hours = models.PositiveIntegerField(_("solution within (hours)"), null=True, blank=True, editable=False)
    first_response_at = models.DateTimeField(_("first answer"), null=True, blank=True, editable=False)  # null: none yet
    last_activity_at = models.DateTimeField(_("last activity"), editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: it stands for itself
        blank=True,
        editable=False,
        related_name="merged",
        verbose_name=_("merged into"),
        db_index=False,
    )
    follow_up_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: nothing came before it
        blank=True,
        editable=False,
        related_name="follow_ups",
        verbose_name=_("follows"),
        db_index=False,
    )
    created_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,  # null: whoever asked has no login
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("created by"),
        db_index=False,
    )

    opportunity_value = AmountField(_("value of the opportunity"), null=True, blank=True)  # null: nobody knows
    sales_stage = models.CharField(_("sales stage"), max_length=15, choices=SalesStage, blank=True)
    lead_source = models.CharField(_("source of the lead"), max_length=100, blank=True)
    conversion_probability = models.PositiveSmallIntegerField(
        _("chance of an order (%)"), null=True, blank=True, validators=[MaxValueValidator(100)]
    )
    converted_order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        null=True,  # null: it has not become an order
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("became order"),
        db_index=False,
    )

    satisfaction_rating = models.PositiveSmallIntegerField(
        _("satisfaction"), null=True, blank=True, editable=False, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    satisfaction_comment = models.CharField(_("what they said of it"), max_length=2000, blank=True, editable=False)
    rated_at = models.DateTimeField(_("rated at"), null=True, blank=True, editable=False)

    objects = TicketQuerySet.as_manager()

    # Set by `TicketQuerySet.with_due()`.
    due_at: datetime | None
    is_flagged_overdue: bool

    class Meta(TicketMachine.Meta):
        db_table = "support_ticket"
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        ordering = ["-created_at"]
        constraints = [
            known("ticket_type", TicketType),
            known("status", TicketStatus),
            known("category", TicketCategory),
            known("priority", TicketPriority),
            known("source", TicketSource),
            known("assigned_department", AssignedDepartment),
            known("escalation", TicketEscalation),
            models.CheckConstraint(
                name="support_ticket_sales_category",
                condition=SALES | ~Q(category__in=sorted(str(each) for each in SALES_CATEGORIES)),
            ),
            models.CheckConstraint(
                name="support_ticket_sales_fields",
                condition=Q(SALES, sales_stage__in=sorted(SalesStage.values))
                | Q(
                    ~SALES,
                    sales_stage="",
                    lead_source="",
                    opportunity_value__isnull=True,
                    conversion_probability__isnull=True,
                    converted_order__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="support_ticket_value_not_negative",
                condition=Q(opportunity_value__isnull=True) | Q(opportunity_value__gte=Decimal(0)),
            ),
            models.CheckConstraint(
                name="support_ticket_probability",
                condition=Q(conversion_probability__isnull=True) | Q(conversion_probability__lte=100),
            ),
            models.CheckConstraint(
                name="support_ticket_inquiry_never_waits",
                condition=~Q(ticket_type=TicketType.INQUIRY, status=TicketStatus.PENDING),
            ),
            models.CheckConstraint(
                name="support_ticket_resolved_with_a_solution",
                condition=Q(~Q(resolution=""), status__in=sorted(str(each) for each in SETTLED), resolved_at__isnull=False)
                | Q(~Q(status__in=sorted(str(each) for each in SETTLED)), resolved_at__isnull=True),
            ),
            models.CheckConstraint(
                name="support_ticket_closed_at",
                condition=Q(status=TicketStatus.CLOSED, closed_at__isnull=False)
                | Q(~Q(status=TicketStatus.CLOSED), closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="support_ticket_rated",
                condition=Q(satisfaction_rating__isnull=True, rated_at__isnull=True, satisfaction_comment="")
                | Q(satisfaction_rating__range=RATINGS, rated_at__isnull=False),
            ),
            models.CheckConstraint(
                name="support_ticket_not_into_itself",
                condition=(Q(merged_into__isnull=True) | ~Q(merged_into=F("id")))
                & (Q(follow_up_of__isnull=True) | ~Q(follow_up_of=F("id"))),
            ),
        ]
        indexes = [
            models.Index(name="support_ticket_newest", fields=["-created_at", "-id"]),
            models.Index(name="support_ticket_of_entity", fields=["business_entity", "-created_at", "-id"]),
            models.Index(name="support_ticket_of_customer", fields=["customer_organization", "-created_at"]),
            models.Index(
                name="support_ticket_at_work",
                fields=["status", "-last_activity_at"],
                condition=Q(status__in=sorted(str(each) for each in UNFINISHED)),
            ),
            models.Index(
                name="support_ticket_assigned",
                fields=["assigned_to", "-last_activity_at"],
                condition=Q(status__in=sorted(str(each) for each in UNFINISHED)),
            ),
            models.Index(name="support_ticket_to_close", fields=["resolved_at"], condition=Q(status=TicketStatus.RESOLVED)),
            where_filled("order", name="support_ticket_of_order"),
            where_filled("converted_order", name="support_ticket_converted"),
            where_filled("merged_into", name="support_ticket_merged"),
            where_filled("follow_up_of", name="support_ticket_follow_ups"),
            where_filled("created_by", name="support_ticket_created_by"),
            trigrams("subject"),
        ]

    def __str__(self) -> str:
        return self.ticket_number

    def assignee_id(self) -> UUID | None:
        return self.assigned_to_id

    def urgency(self) -> str:
        return self.priority

    @property
    def is_sales(self) -> bool:
        return self.ticket_type == TicketType.SALES
