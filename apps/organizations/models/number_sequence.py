import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel, known
from apps.core.triggers import RefuseTruncate, SharedFunctionTrigger
from apps.organizations.choices import DocumentType, SequenceLevel
from apps.organizations.models.business_entity import BusinessEntity
from apps.organizations.models.scope import ScopedQuerySet

YEARS = (2025, 2050)
WARNING_FROM = 90_000
CRITICAL_FROM = 95_000


class NeverBackwards(SharedFunctionTrigger):
    """Refuses to set a counter back or to another series: a number that was given would be given twice."""

    name = "never_backwards"
    when = pgtrigger.Before
    operation = pgtrigger.Update
    function = "chargecars_refuse_change"
    condition = (
        pgtrigger.Q(new__current_value__lt=pgtrigger.F("old__current_value"))
        | pgtrigger.Q(new__business_entity__df=pgtrigger.F("old__business_entity"))
        | pgtrigger.Q(new__document_type__df=pgtrigger.F("old__document_type"))
        | pgtrigger.Q(new__year__df=pgtrigger.F("old__year"))
        | pgtrigger.Q(new__is_test__df=pgtrigger.F("old__is_test"))
    )


class RefuseDelete(SharedFunctionTrigger):
    """Refuses DELETE: a series that begins again gives its numbers again."""

    name = "refuse_delete"
    when = pgtrigger.Before
    operation = pgtrigger.Delete
    function = "chargecars_refuse_change"


class NumberSequenceQuerySet(ScopedQuerySet["NumberSequence"]):
    def get_by_natural_key(
        self,
        entity_code: str,
        document_type: str,
        year: int,
        is_test: bool,  # noqa: FBT001 - Django passes natural keys by position
    ) -> "NumberSequence":
        return self.get(business_entity__entity_code=entity_code, document_type=document_type, year=year, is_test=is_test)


class NumberSequence(BusinessModel):
    """The last number given in a series: one series per business entity, document type and year.

    It has no history of its own: the documents that carry the numbers are its history.
    """

    business_entity = models.ForeignKey(
        BusinessEntity, on_delete=models.PROTECT, related_name="number_sequences", verbose_name=_("business entity")
    )
    document_type = models.CharField(_("document type"), max_length=20, choices=DocumentType)
    year = models.PositiveSmallIntegerField(_("year"))
    is_test = models.BooleanField(_("test"), default=False)
    current_value = models.PositiveIntegerField(_("last number given"), default=0)

    objects = NumberSequenceQuerySet.as_manager()
    app_privileges = "SELECT, INSERT, UPDATE"
    loaded_once = True  # reference data never sets a counter back

    class Meta(BusinessModel.Meta):
        db_table = "number_sequence"
        verbose_name = _("number sequence")
        verbose_name_plural = _("number sequences")
        ordering = ["-year", "business_entity", "document_type", "is_test"]
        triggers = [*BusinessModel.Meta.triggers, NeverBackwards(), RefuseDelete(), RefuseTruncate()]
        constraints = [
            known("document_type", DocumentType),
            models.UniqueConstraint(
                name="number_sequence_one_per_year", fields=["business_entity", "document_type", "year", "is_test"]
            ),
            models.CheckConstraint(name="number_sequence_year", condition=Q(year__range=YEARS)),
        ]

    def __str__(self) -> str:
        return f"{self.business_entity} {self.get_document_type_display()} {self.year}"

    def natural_key(self) -> tuple[str, str, int, bool]:
        return (self.business_entity.entity_code, self.document_type, self.year, self.is_test)

    natural_key.dependencies = ["organizations.businessentity"]  # type: ignore[attr-defined]  # Django's way

    @property
    def level(self) -> SequenceLevel:
        """How near the series is to its sixth digit."""
        if self.current_value >= CRITICAL_FROM:
            return SequenceLevel.CRITICAL
        return SequenceLevel.WARNING if self.current_value >= WARNING_FROM else SequenceLevel.OK
