"""What partners earn by the orders that they bring: what was agreed, and what each invoice gave them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from apps.accounts.models import User
from apps.audit.models import AuditedModel
from apps.core.fields import AmountField, PercentageField, SchemaJSONField
from apps.core.models import known
from apps.core.money import ZERO
from apps.finance import schemas
from apps.finance.choices import BatchStatus, CommissionMethod, CommissionStatus, InvoiceStatus
from apps.finance.models.invoice import Invoice, follows_the_money
from apps.organizations.models import MOST_SMALL, BusinessEntity, Organization, ScopedQuerySet
from apps.workflow.guards import guard, scope_permission
from apps.workflow.models import GuardedQuerySet, StatefulModel, Workflow

S = CommissionStatus
# Not what was given up: at most a small difference.
PAID_BY_CUSTOMER = Q(
    invoice__status=InvoiceStatus.PAID,
    invoice__written_off_amount__lte=MOST_SMALL,
    invoice__paid_amount__gte=F("invoice__written_off_amount"),
)
LEVELS = (1, 6)

approves = scope_permission("finance.approve")


@guard("commission_taken_back", _("Nothing is left of it: the invoice was credited."))
def is_worth_something(commission: "PartnerCommission") -> bool:
    return commission.reversed_amount == ZERO or commission.payable_amount > ZERO


class CommissionRuleQuerySet(ScopedQuerySet["CommissionRule"]):
    is_group_wide_without_entity = True

    def in_force(self, *, on: date, business_entity: BusinessEntity) -> Self:
        """Those that hold for a company on a day; the company's own first, then the newest."""
        return self.filter(
            Q(business_entity=business_entity) | Q(business_entity=None),
            Q(valid_until__gte=on) | Q(valid_until=None),
            is_active=True,
            valid_from__lte=on,
        ).order_by(F("business_entity").asc(nulls_last=True), "-valid_from", "-created_at")


class CommissionRule(AuditedModel):
    """What one of our companies gives an organization for an order in whose channel it stands at this level.

    Level 1 brought the order to us, level 2 stands above it, and so on. Organizations below this one that agreed on nothing
    themselves get the same.
    """

    business_entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.PROTECT,
        null=True,  # null: every company of the group gives it
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="commission_rules", verbose_name=_("received by")
    )
    level = models.PositiveSmallIntegerField(
        _("level"),
        default=1,
        validators=[MinValueValidator(LEVELS[0]), MaxValueValidator(LEVELS[1])],
        help_text=_("1 is who brought the order; 2 stands above it in the channel."),
    )
    method = models.CharField(_("method"), max_length=15, choices=CommissionMethod)
    rate = PercentageField(_("rate (%)"), null=True, blank=True)  # null: by another method
    fixed_amount = AmountField(_("amount per order"), null=True, blank=True)  # null: by another method
    tiers = SchemaJSONField(
        _("tiers"),
        schema=schemas.TIERS,
        default=list,
        blank=True,
        help_text=_('By the number of orders in a month: [{"from_orders": 1, "rate": "3.00"}].'),
    )
    max_per_order = AmountField(_("at most per order"), null=True, blank=True)  # null: no limit
    auto_approve_below = AmountField(
        _("approved by itself below"), default=ZERO, help_text=_("In EUR; 0: each one is approved by a person.")
    )
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)  # null: until further notice
    is_active = models.BooleanField(_("active"), default=True)

    objects = CommissionRuleQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "organization_billing_rule"
        verbose_name = _("commission agreement")
        verbose_name_plural = _("commission agreements")
        ordering = ["organization__name", "level", "-valid_from", "id"]
        constraints = [
            known("method", CommissionMethod),
            models.CheckConstraint(name="commission_rule_level", condition=Q(level__range=LEVELS)),
            models.CheckConstraint(
                name="commission_rule_says_how_much",
                condition=Q(method=CommissionMethod.PERCENTAGE, rate__isnull=False, fixed_amount=None, tiers=[])
                | Q(method=CommissionMethod.FIXED, rate=None, fixed_amount__gt=0, tiers=[])
                | Q(Q(method=CommissionMethod.TIERED, rate=None, fixed_amount=None), ~Q(tiers=[])),
                violation_error_message=_("Give a rate, an amount or tiers, as the method says, and not more."),
            ),
            models.CheckConstraint(
                name="commission_rule_limits",
                condition=(Q(max_per_order=None) | Q(max_per_order__gt=0)) & Q(auto_approve_below__gte=0),
            ),
            models.CheckConstraint(
                name="commission_rule_validity",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("It ends before it begins."),
            ),
            models.UniqueConstraint(
                name="commission_rule_once_a_day",
                fields=["organization", "level", "business_entity", "valid_from"],
                nulls_distinct=False,
                violation_error_message=_("There is another agreement from this day on."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.get_method_display()} ({self.level})"


class PartnerCommissionQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    organization_paths = ("beneficiary",)

    def _of_organizations(self, user: User) -> Q:
        """Its own alone: what those below it in the channel earn is theirs to know."""
        return Q(beneficiary__in=user.memberships.filter(organization__isnull=False).values("organization"))

    def due(self) -> Self:
        """Approved, of an invoice of which the customer has paid all."""
        return self.filter(PAID_BY_CUSTOMER, status=S.APPROVED)

    def to_settle(self) -> Self:
        """Due and not paid out, or paid out and taken back since; not those on their way in a batch."""
        rows = self.annotate(left=F("commission_amount") - F("reversed_amount") - F("paid_amount"))
        due = PAID_BY_CUSTOMER & Q(status=S.APPROVED, left__gt=0)
        taken_back = Q(status__in=[S.APPROVED, S.PAID, S.REVERSED], left__lt=0)
        return rows.filter(due | taken_back).exclude(payouts__line__batch__status=BatchStatus.OPEN)

    def for_page(self) -> Self:
        return self.select_related("business_entity", "order", "invoice", "beneficiary", "agreed_with", "approved_by")


class PartnerCommission(StatefulModel):
    """What an organization in the channel of an order earns by one invoice of it. Amounts are in EUR excl. VAT.

    All that the amount was worked out from is kept with it, so that anybody can do it again: see `services.explain`.
    Credit notes take back of it in proportion. It is due when the customer has paid the whole invoice.
    """

    entity_type = "partner_commission"
    workflows = {
        "default": Workflow(statuses=tuple(S.values), initial=S.PENDING, final=frozenset({S.PAID, S.REJECTED, S.REVERSED}))
    }

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("given by"), db_index=False
    )
    order = models.ForeignKey("orders.Order", on_delete=models.PROTECT, related_name="+", verbose_name=_("order"))
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="commissions", verbose_name=_("invoice"))
    beneficiary = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="commissions", verbose_name=_("received by"), db_index=False
    )
    commission_level = models.PositiveSmallIntegerField(_("level"))
    parent_commission = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: nobody earns at a level below it
        related_name="+",
        verbose_name=_("commission of the level below"),
    )
    agreed_with = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+", verbose_name=_("agreed with"))
    rule = models.ForeignKey(
        CommissionRule,
        on_delete=models.PROTECT,
        null=True,  # null: by the rate of the organization itself
        related_name="+",
        verbose_name=_("commission agreement"),
    )
    status = FSMField(_("status"), max_length=10, choices=S.choices, default=S.PENDING, protected=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    calculated_on = models.DateField(_("calculated on"))
    calculation_method = models.CharField(_("method"), max_length=15, choices=CommissionMethod)
    commission_rate = PercentageField(_("rate (%)"), null=True)  # null: a fixed amount
    fixed_amount = AmountField(_("amount per order"), null=True)  # null: by a rate
    tiers = models.JSONField(_("tiers"), default=list)
    orders_in_month = models.PositiveIntegerField(_("which order of the month"), null=True)  # null: no tiers
    max_per_order = AmountField(_("at most per order"), null=True)  # null: no limit
    base_amount = AmountField(_("invoiced excl. VAT"))
    granted_before = AmountField(_("of earlier invoices of the order"), default=ZERO)
    given_to_others = AmountField(_("to levels before it"), default=ZERO)
    commission_amount = AmountField(_("commission"))
    reversed_amount = AmountField(_("taken back"), default=ZERO)
    paid_amount = AmountField(_("paid out"), default=ZERO)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,  # null: nobody, or by itself
        related_name="+",
        verbose_name=_("approved by"),
    )
    approved_at = models.DateTimeField(_("approved at"), null=True)  # null: not approved
    payment_date = models.DateField(_("paid out on"), null=True)  # null: not paid out

    objects = PartnerCommissionQuerySet.as_manager()

    class Meta(StatefulModel.Meta):
        db_table = "partner_commission"
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ["-created_at", "-id"]
        constraints = [
            known("status", CommissionStatus),
            known("calculation_method", CommissionMethod),
            models.UniqueConstraint(name="partner_commission_once", fields=["invoice", "commission_level", "beneficiary"]),
            models.CheckConstraint(name="partner_commission_of_something", condition=Q(base_amount__gt=0)),
            models.CheckConstraint(
                name="partner_commission_within_base",
                condition=Q(commission_amount__gte=0, base_amount__gte=F("commission_amount") + F("given_to_others")),
            ),
            models.CheckConstraint(
                name="partner_commission_taken_back",
                condition=Q(reversed_amount__gte=0, commission_amount__gte=F("reversed_amount")),
            ),
            models.CheckConstraint(
                name="partner_commission_paid_out", condition=Q(paid_amount__gte=0, commission_amount__gte=F("paid_amount"))
            ),
        ]
        indexes = [
            models.Index(name="partner_commission_of_entity", fields=["business_entity", "-created_at", "-id"]),
            models.Index(name="partner_commission_earned", fields=["beneficiary", "business_entity", "calculated_on"]),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} · {self.beneficiary}"

    @property
    def payable_amount(self) -> Decimal:
        """What is left of it after what credit notes took back; nothing of one that was rejected."""
        return ZERO if self.status == S.REJECTED else self.commission_amount - self.reversed_amount

    @property
    def is_due(self) -> bool:
        return self.status == S.APPROVED and self.invoice.is_paid_by_customer

    @transition(field=status, source=S.PENDING, target=S.APPROVED, permission=approves, conditions=[is_worth_something])
    def approve(self, *, at: datetime, by: User | None) -> None:
        """It is right; it will be paid out when the customer has paid."""
        self.approved_at, self.approved_by = at, by

    @transition(field=status, source=S.PENDING, target=S.REJECTED, permission=approves)
    def reject(self) -> None:
        """It is not given."""

    @transition(field=status, source=S.APPROVED, target=S.PAID, permission=follows_the_money)
    def pay(self, *, payment_date: date) -> None:
        """The partner has it."""
        self.payment_date = payment_date

    @transition(field=status, source=[S.PENDING, S.APPROVED, S.PAID], target=S.REVERSED, permission=follows_the_money)
    def reverse(self) -> None:
        """All of it was taken back."""
