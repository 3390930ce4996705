from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Self
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.core import clock
from apps.core.fields import AmountField
from apps.core.models import known, where_filled
from apps.orders.choices import (
    ACTIVE_STATUSES,
    LOCATED_STATUSES,
    OPEN_STATUSES,
    STATUSES,
    TO_INVOICE,
    BillingStatus,
    BillingTarget,
    CancellationCode,
    FinancialStatus,
    OrderSource,
    OrderStatus,
    OrderType,
    Priority,
)
from apps.orders.models.line_item import LineItem
from apps.orders.models.machine import OrderMachine
from apps.orders.models.parties import OrderOrganization
from apps.orders.models.search import exactly, having, words_of
from apps.organizations.choices import OrganizationType
from apps.organizations.models import BusinessEntity, ScopedQuerySet
from apps.workflow.models import EntityCurrentStatus, GuardedQuerySet


class OrderQuerySet(GuardedQuerySet, ScopedQuerySet):  # type: ignore[override]  # each makes a manager of its own type
    entity_path = "business_entity"
    organization_paths = ("customer_organization", "partner_organization", "root_organization")

    def _of_organizations(self, user: User) -> Q:
        """Also whoever is involved in an order in another part than as its customer or partner."""
        return super()._of_organizations(user) | Q(pk__in=OrderOrganization.objects.of_organizations_of(user).values("order"))

    def handled_by(self, user: User | AnonymousUser | None) -> Self:
        """Theirs to work on; an order that was removed is nobody's."""
        return super().handled_by(user).kept()

    def kept(self) -> Self:
        """Orders that nobody removed."""
        return self.filter(deleted_at__isnull=True)

    def removed(self) -> Self:
        """Orders that were taken out of every list."""
        return self.filter(deleted_at__isnull=False)

    def of_entity(self, code: str) -> Self:
        """The orders of the company with this code; found first, as an index then gives its newest orders in their order."""
        return self.filter(business_entity=BusinessEntity.objects.filter(entity_code=code).values("pk")[:1])

    def of_partner(self, partner: str) -> Self:
        """The orders that a partner, by its slug or key, brought in."""
        try:
            return self.filter(partner_organization=UUID(partner))
        except ValueError:
            return self.filter(partner_organization__slug=partner)

    def having(self, text: str) -> Self:
        """The orders in which each of the first words stands: in a number, a name, an address or the notes.

        A whole order number or e-mail address is what has exactly that, where there is any.
        """
        exact = exactly(text)
        if exact is not None and self.filter(exact).exists():
            return self.filter(exact)
        orders = self
        for word in words_of(text):
            orders = orders.filter(having(word))
        return orders

    def unfinished(self) -> Self:
        """Orders on which something is still to be done."""
        return self.filter(status__in=OPEN_STATUSES)

    def with_clock(self) -> Self:
        """With `status_since`, `sla_deadline` and `is_flagged_overdue`, as the status engine keeps them."""
        clock_of = EntityCurrentStatus.objects.filter(entity_type=Order.entity_type, entity_id=OuterRef("pk"))
        return self.annotate(
            status_since=Subquery(clock_of.values("status_since")),
            sla_deadline=Subquery(clock_of.values("sla_deadline")),
            is_flagged_overdue=Subquery(clock_of.values("is_overdue")),
        )

    def overdue(self, *, at: datetime) -> Self:
        """Those that have been in their status for too long, also where nobody has flagged them yet."""
        late = EntityCurrentStatus.objects.filter(
            Q(is_overdue=True) | Q(sla_deadline__lt=at), entity_type=Order.entity_type, entity_id=OuterRef("pk")
        )
        return self.filter(Exists(late))

    def for_list(self) -> Self:
        """With what a line of a list shows of other records, and the clock."""
        others = ("business_entity", "customer_organization", "primary_contact", "partner_organization")
        return self.select_related(*others).with_clock()

    def with_lines(self) -> Self:
        """With their lines in order and the lines' articles, in one more query."""
        return self.prefetch_related(lines_in_order())

    def for_page(self) -> Self:
        """With what a page about one order shows of other records."""
        return self.for_list().select_related(
            "installation_address", "billing_address", "shipping_address", "order_owner", "root_organization"
        )

    def identified_by(self, value: str) -> Self:
        """The order with this key or this number."""
        try:
            return self.filter(pk=UUID(value))
        except ValueError:
            return self.filter(order_number=value)


def lines_in_order() -> models.Prefetch:
    """The lines of an order, with their articles."""
    return models.Prefetch("line_items", LineItem.objects.select_related("article").order_by("line_order"))


def _of_workflow(field: str, statuses: dict[str, tuple[OrderStatus, ...]]) -> Q:
    """The column holds a status of the order's own workflow."""
    own = (Q(workflow=workflow, **{f"{field}__in": sorted(allowed)}) for workflow, allowed in statuses.items())
    return reduce(or_, own)


class Order(OrderMachine):
    """What one of our companies sells to one customer and delivers: an installation, a service, a parcel.

    An installation begins as a lead. The intake tells us where and what; a quote is drafted, sent and approved, by the
    partner too where it pays; it is planned, scheduled, carried out and completed. A wholesale order is approved, by a
    manager above a limit, then picked, made ready and delivered. Either can be suspended, and cancelled with a reason.
    """

    order_number = models.CharField(_("order number"), max_length=30, unique=True, editable=False)
    is_test = models.BooleanField(_("test order"), default=False, editable=False)
    source = models.CharField(_("came in by"), max_length=20, choices=OrderSource, editable=False)
    business_entity = models.ForeignKey(
        "organizations.BusinessEntity",
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("business entity"),
        db_index=False,
    )
    order_type = models.CharField(_("type"), max_length=30, choices=OrderType)
    priority_level = models.CharField(_("priority"), max_length=10, choices=Priority, default=Priority.NORMAL)

    customer_organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        related_name="orders",
        verbose_name=_("customer"),
        db_index=False,
    )
    primary_contact = models.ForeignKey(
        "organizations.Contact", on_delete=models.PROTECT, related_name="orders", verbose_name=_("contact")
    )
    partner_organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,  # null: we sold it ourselves
        blank=True,
        related_name="partner_orders",
        verbose_name=_("partner"),
        db_index=False,
    )
    partner_reference = models.CharField(
        _("partner's reference"), max_length=100, blank=True, help_text=_("What the partner calls this order.")
    )
    root_organization = models.ForeignKey(
        "organizations.Organization",
        on_delete=models.PROTECT,
        null=True,  # null: no chain of partners above the order
        blank=True,
        related_name="+",
        verbose_name=_("root organization"),
        help_text=_("Whose agreements decide on price and billing."),
        db_index=False,
    )
    order_owner = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,  # null: nobody has taken it yet
        blank=True,
        related_name="orders",
        verbose_name=_("owner"),
        db_index=False,
    )
    installation_address = models.ForeignKey(
        "organizations.Address",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("installation address"),
    )
    billing_address = models.ForeignKey(
        "organizations.Address",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("billing address"),
        db_index=False,
    )
    shipping_address = models.ForeignKey(
        "organizations.Address",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shipping address"),
        db_index=False,
    )

    requested_date = models.DateField(_("requested date"), null=True, blank=True)
    planned_completion_date = models.DateField(_("planned completion"), null=True, blank=True)

    total_excl_vat = AmountField(_("total excl. VAT"), default=Decimal("0.00"), editable=False)
    total_vat = AmountField(_("VAT"), default=Decimal("0.00"), editable=False)
    total_incl_vat = AmountField(_("total incl. VAT"), default=Decimal("0.00"), editable=False)
    default_billing_target = models.CharField(
        _("invoice to"), max_length=20, choices=BillingTarget, default=BillingTarget.CUSTOMER
    )
    billing_status = models.CharField(
        _("billing status"),
        max_length=20,
        choices=BillingStatus,
        default=BillingStatus.NOT_INVOICED,
        editable=False,
    )
    financial_status = models.CharField(
        _("financial status"),
        max_length=20,
        choices=FinancialStatus,
        default=FinancialStatus.UNPAID,
        editable=False,
    )

    notes = models.CharField(_("notes"), max_length=5000, blank=True)
    internal_notes = models.CharField(_("internal notes"), max_length=5000, blank=True)
    customer_differences = models.JSONField(
        _("differs from what we knew"),
        default=dict,
        blank=True,
        editable=False,
        help_text=_("Of the customer, as the order came in. Nothing known was overwritten."),
    )
    duplicated_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,  # null: no copy of another order
        blank=True,
        editable=False,
        db_index=False,  # most orders are no copy: the index below holds those that are
        related_name="duplicates",
        verbose_name=_("copy of"),
    )
    deleted_at = models.DateTimeField(_("removed at"), null=True, blank=True, editable=False)
    deleted_by = models.CharField(_("removed by"), max_length=200, blank=True, default="", db_default="", editable=False)
    deletion_reason = models.CharField(
        _("reason of the removal"), max_length=2000, blank=True, default="", db_default="", editable=False
    )

    objects = OrderQuerySet.as_manager()

    # Set by `OrderQuerySet.with_clock()`.
    status_since: datetime | None
    sla_deadline: datetime | None
    is_flagged_overdue: bool | None

    class Meta(OrderMachine.Meta):
        db_table = "order"
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            known("source", OrderSource),
            known("order_type", OrderType),
            known("priority_level", Priority),
            known("default_billing_target", BillingTarget),
            known("billing_status", BillingStatus),
            known("financial_status", FinancialStatus),
            models.CheckConstraint(name="order_status_of_workflow", condition=_of_workflow("status", STATUSES)),
            models.CheckConstraint(
                name="order_held_from_while_on_hold",
                condition=Q(Q(status=OrderStatus.ON_HOLD), _of_workflow("held_from", ACTIVE_STATUSES))
                | (~Q(status=OrderStatus.ON_HOLD) & Q(held_from="")),
            ),
            models.CheckConstraint(
                name="order_installed_somewhere",
                condition=Q(installation_address__isnull=False)
                | ~(Q(status__in=LOCATED_STATUSES) | Q(held_from__in=LOCATED_STATUSES)),
            ),
            models.CheckConstraint(
                name="order_completed_on_a_day",
                condition=Q(status=OrderStatus.COMPLETED, actual_completion_date__isnull=False)
                | (~Q(status=OrderStatus.COMPLETED) & Q(actual_completion_date__isnull=True)),
            ),
            models.CheckConstraint(
                name="order_cancelled_for_a_reason",
                condition=Q(cancellation_code="", cancellation_reason="")
                | Q(status=OrderStatus.CANCELLED, cancellation_code__in=sorted(CancellationCode.values)),
            ),
            models.CheckConstraint(
                name="order_removed_by_somebody",
                condition=Q(deleted_at__isnull=False) | Q(deleted_by="", deletion_reason=""),
            ),
            models.CheckConstraint(name="order_total_is_sum", condition=Q(total_incl_vat=F("total_excl_vat") + F("total_vat"))),
            models.CheckConstraint(
                name="order_test_number",
                condition=Q(is_test=True, order_number__startswith="TEST-")
                | (Q(is_test=False) & ~Q(order_number__startswith="TEST-")),
            ),
        ]
        # A reference has Django's own index only where none of these begins with it: each costs every step of every order.
        indexes = [
            models.Index(name="order_newest", fields=["-created_at", "-id"]),
            models.Index(
                name="order_to_invoice",
                fields=["actual_completion_date"],
                condition=Q(status=OrderStatus.COMPLETED, billing_status__in=[str(each) for each in TO_INVOICE]),
            ),
            models.Index(name="order_in_status", fields=["status", "-created_at", "-id"]),
            models.Index(name="order_of_entity_newest", fields=["business_entity", "-created_at", "-id"]),
            models.Index(name="order_of_customer", fields=["customer_organization", "-created_at"]),
            models.Index(name="order_of_partner", fields=["partner_organization", "-created_at"]),
            where_filled("root_organization", name="order_of_root"),
            where_filled("order_owner", name="order_of_owner"),
            where_filled("billing_address", name="order_billed_there"),
            where_filled("shipping_address", name="order_shipped_there"),
            models.Index(
                name="order_unfinished_newest",
                fields=["-created_at", "-id"],
                condition=Q(status__in=OPEN_STATUSES, deleted_at__isnull=True),
            ),
            models.Index(
                name="order_planned",
                fields=["planned_start_date"],
                condition=Q(planned_start_date__isnull=False),
            ),
            models.Index(name="order_removed", fields=["-deleted_at"], condition=Q(deleted_at__isnull=False)),
            models.Index(name="order_copies", fields=["duplicated_from"], condition=Q(duplicated_from__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.order_number

    def urgency(self) -> str:
        return self.priority_level

    def assignee_id(self) -> UUID | None:
        return self.order_owner_id

    @property
    def is_overdue(self) -> bool:
        """Whether it is in its status for too long; for a row that was read `with_clock()`."""
        return bool(self.is_flagged_overdue) or (self.sla_deadline is not None and self.sla_deadline < clock.now())

    @property
    def is_consumer_order(self) -> bool:
        """Whether a private person buys: prices are then shown with VAT."""
        return self.customer_organization.organization_type == OrganizationType.CUSTOMER_INDIVIDUAL

    @property
    def display_total(self) -> Decimal:
        """The amount to show to people: with VAT to a consumer, without to a company."""
        return self.total_incl_vat if self.is_consumer_order else self.total_excl_vat
