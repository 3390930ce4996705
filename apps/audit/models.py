from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.audit.choices import AuditAction
from apps.audit.history import History
from apps.audit.triggers import AuditTrigger, HistoryTrigger
from apps.core.models import BusinessModel


class AuditedModel(BusinessModel):
    """A business record: every write is in the audit log, every saved version in its history.

    Attributes:
        audit_redacted: columns whose values are never shown or kept elsewhere: "***" in the log, absent in the history.
        audit_root: the record this one is a part of, as (entity type, column that holds its key): ("order", "order_id").
    """

    audit_redacted: ClassVar[tuple[str, ...]] = ()
    audit_root: ClassVar[tuple[str, str] | None] = None

    history = History()

    class Meta(BusinessModel.Meta):
        abstract = True
        triggers = [*BusinessModel.Meta.triggers, AuditTrigger(), HistoryTrigger()]


class AuditLog(models.Model):
    """One write, or one act without a write. Appended by the database's own functions, changed by nobody.

    `root_type` and `root_id` name the record that this one is a part of, itself where it is part of none: everything that
    happened to an order and its parts is one look-up. Rows of one `transaction_id` were committed together.
    """

    app_privileges = "SELECT"

    id = models.BigIntegerField(primary_key=True)
    created_at = models.DateTimeField(_("moment"))
    action = models.CharField(_("action"), max_length=20, choices=AuditAction.choices)
    table_name = models.CharField(_("table"), max_length=63)
    record_id = models.CharField(_("record"), max_length=64)
    root_type = models.CharField(_("part of"), max_length=63)
    root_id = models.CharField(_("root record"), max_length=64)
    old_values = models.JSONField(_("old values"), null=True)
    new_values = models.JSONField(_("new values"), null=True)
    context = models.JSONField(_("context"), null=True)
    actor_kind = models.CharField(_("actor kind"), max_length=20)
    actor_id = models.CharField(_("actor id"), max_length=64)
    actor_label = models.CharField(_("actor"), max_length=200)
    reason = models.CharField(_("reason"), max_length=500)
    request_id = models.CharField(_("request"), max_length=64)
    source = models.CharField(_("source"), max_length=100)
    ip_address = models.CharField(_("IP address"), max_length=45)
    transaction_id = models.BigIntegerField(_("transaction"))

    class Meta:
        db_table = "audit_logs"
        # Partitioned by month, which Django cannot declare: the first migration makes the table.
        managed = False
        verbose_name = _("audit log entry")
        verbose_name_plural = _("audit log")

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.table_name} {self.record_id}".strip()

    @property
    def changed_fields(self) -> list[str]:
        """The columns this write touched, in order of name."""
        return sorted({*(self.old_values or {}), *(self.new_values or {})})
