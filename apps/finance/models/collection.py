"""What is written to customers who do not pay in time, and what the law lets a company add."""

from datetime import date
from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.audit.models import AuditedModel
from apps.core.fields import AmountField, PercentageField
from apps.core.models import known
from apps.core.money import ZERO
from apps.finance.choices import COSTS_ARE_DUE, CollectionStep
from apps.finance.models.invoice import Invoice
from apps.organizations.models import BusinessEntity, Contact, Organization, ScopedQuerySet


class StatutoryInterestRateManager(models.Manager["StatutoryInterestRate"]):
    def get_by_natural_key(self, valid_from: str) -> "StatutoryInterestRate":
        return self.get(valid_from=valid_from)


class StatutoryInterestRate(AuditedModel):
    """The yearly interest between businesses from a day on, until the next row's (art. 6:119a and 6:120 BW)."""

    valid_from = models.DateField(_("from"), unique=True)
    percentage = PercentageField(_("percentage a year"))

    objects = StatutoryInterestRateManager()

    class Meta(AuditedModel.Meta):
        db_table = "statutory_interest_rate"
        verbose_name = _("statutory interest rate")
        verbose_name_plural = _("statutory interest rates")
        ordering = ["-valid_from"]

    def __str__(self) -> str:
        return f"{self.percentage}% ({self.valid_from})"

    def natural_key(self) -> tuple[str]:
        return (str(self.valid_from),)


class CollectionLetter(AuditedModel):
    """One letter about all invoices of a customer that are equally late. Amounts in EUR, as they stood on that day.

    `costs` are what the law allows for the sum of the letter; whether they are due already, or only announced, is for the
    step to say.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="+", verbose_name=_("business entity"), db_index=False
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="collection_letters", verbose_name=_("customer")
    )
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="+", verbose_name=_("contact"))
    step = models.CharField(_("step"), max_length=20, choices=CollectionStep)
    letter_date = models.DateField(_("written on"))
    principal = AmountField(_("open"))
    interest = AmountField(_("interest"), default=ZERO)
    costs = AmountField(_("collection costs"), default=ZERO)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)

    objects = ScopedQuerySet.as_manager()

    class Meta(AuditedModel.Meta):
        db_table = "collection_letter"
        verbose_name = _("collection letter")
        verbose_name_plural = _("collection letters")
        ordering = ["-letter_date", "-created_at"]
        constraints = [
            known("step", CollectionStep),
            models.CheckConstraint(name="collection_letter_amounts", condition=Q(principal__gt=0, interest__gte=0, costs__gte=0)),
        ]
        indexes = [models.Index(name="collection_letter_of_entity", fields=["business_entity", "-letter_date"])]

    def __str__(self) -> str:
        return f"{self.get_step_display()} {self.organization} {self.letter_date}"

    @property
    def are_costs_due(self) -> bool:
        return self.step in COSTS_ARE_DUE

    @property
    def claim(self) -> Decimal:
        """What the customer owes by this letter."""
        return self.principal + self.interest + (self.costs if self.are_costs_due else ZERO)


class CollectionLine(AuditedModel):
    """An invoice in a letter. An invoice has each step once; a letter that was withdrawn is no step."""

    letter = models.ForeignKey(CollectionLetter, on_delete=models.PROTECT, related_name="lines", verbose_name=_("letter"))
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="collection_lines", verbose_name=_("invoice"))
    step = models.CharField(_("step"), max_length=20, choices=CollectionStep)
    letter_date = models.DateField(_("written on"))
    open_amount = AmountField(_("open"))
    interest = AmountField(_("interest"), default=ZERO)
    is_withdrawn = models.BooleanField(_("withdrawn"), default=False)

    audit_root = ("collection_letter", "letter_id")

    class Meta(AuditedModel.Meta):
        db_table = "collection_line"
        verbose_name = _("invoice in a letter")
        verbose_name_plural = _("invoices in letters")
        ordering = ["letter", "invoice"]
        constraints = [
            known("step", CollectionStep),
            models.UniqueConstraint(name="collection_step_once", fields=["invoice", "step"], condition=Q(is_withdrawn=False)),
            models.CheckConstraint(name="collection_line_amounts", condition=Q(open_amount__gt=0, interest__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.open_amount}"


class CollectionPauseQuerySet(ScopedQuerySet["CollectionPause"]):
    entity_path = "invoice__business_entity"
    organization_paths = ("invoice__billing_organization",)

    def in_force(self, on: date) -> Self:
        return self.filter(until__gte=on, ended_at=None)


class CollectionPause(AuditedModel):
    """Nothing is written about an invoice until a day has passed, for instance because the customer disputes it."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="collection_pauses", verbose_name=_("invoice"))
    until = models.DateField(_("up to and including"))
    reason = models.CharField(_("reason"), max_length=500)
    ended_at = models.DateTimeField(_("ended at"), null=True, editable=False)  # null: until its day has passed

    objects = CollectionPauseQuerySet.as_manager()

    audit_root = ("invoice", "invoice_id")

    class Meta(AuditedModel.Meta):
        db_table = "collection_pause"
        verbose_name = _("pause in collection")
        verbose_name_plural = _("pauses in collection")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(name="collection_pause_once", fields=["invoice"], condition=Q(ended_at=None)),
            models.CheckConstraint(name="collection_pause_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.invoice} {self.until}"


class Debtor(Organization):
    """Whoever is billed, as those see it who look after what is owed."""

    class Meta:
        proxy = True
        verbose_name = _("debtor")
        verbose_name_plural = _("debtors")
        ordering = ["name"]
