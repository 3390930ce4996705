from django.db import models
from django.db.models import F, Func
from django.utils.translation import gettext_lazy as _

from apps.core.models import BusinessModel
from apps.organizations.models import BusinessEntity

MEASURE_LENGTH, KEY_LENGTH = 30, 60


class Summed(models.Model):
    """So many things, worth so much, of one measure: of a company, on a day (or as it is now), under a key of the measure."""

    id = models.BigAutoField(primary_key=True)
    measure = models.CharField(_("measure"), max_length=MEASURE_LENGTH)
    entity = models.ForeignKey(
        BusinessEntity,
        on_delete=models.DO_NOTHING,
        db_constraint=False,  # its sources have it, and a look-up per row would cost more than the row
        db_index=False,
        related_name="+",
        verbose_name=_("business entity"),
    )
    day = models.DateField(_("day"))
    key = models.CharField(_("key"), max_length=KEY_LENGTH, blank=True)
    count = models.BigIntegerField(_("number"))
    amount = models.DecimalField(_("amount"), max_digits=24, decimal_places=2)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.measure} {self.day} {self.key}: {self.count}"


class FigureTotal(Summed):
    """What was added up from the first of a month to a day, until the last time; what came since then stands in the changes.

    So any stretch of days is the totals of its whole months and those of two days more, however long it is.
    """

    is_month = models.GeneratedField(
        expression=Func(F("day"), template="extract(day FROM %(expressions)s + 1) = 1"),
        output_field=models.BooleanField(),
        db_persist=True,
        verbose_name=_("of a whole month"),
    )

    class Meta:
        db_table = "figure_total"
        verbose_name = _("total of a figure")
        verbose_name_plural = _("totals of figures")
        default_permissions = ()
        # With what is added up in the index, a period is read without the rows themselves.
        constraints = [
            models.UniqueConstraint(
                name="figure_total_once", fields=["measure", "is_month", "day", "entity", "key"], include=["count", "amount"]
            )
        ]


class FigureChange(Summed):
    """What a statement changed in the totals, written by triggers in the statement's own transaction: nobody waits for anybody,
    and whoever reads totals and changes together reads what is true at that moment.
    """

    app_privileges = "SELECT, DELETE"  # the triggers alone write it; who adds it to the totals takes it away

    class Meta:
        db_table = "figure_change"
        verbose_name = _("change of a figure")
        verbose_name_plural = _("changes of figures")
        default_permissions = ()


class FigureState(BusinessModel):
    """By which rules the totals were worked out, and when that was and when changes were last added: one row."""

    rules = models.CharField(_("rules"), max_length=64, unique=True)
    rebuilt_at = models.DateTimeField(_("worked out anew at"))
    added_at = models.DateTimeField(_("added to at"))

    class Meta(BusinessModel.Meta):
        db_table = "figure_state"
        verbose_name = _("state of the figures")
        verbose_name_plural = _("state of the figures")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.rebuilt_at}"
