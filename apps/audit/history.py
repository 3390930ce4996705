"""The readable history beside the log: django-simple-history's tables and readers, written by a trigger.

The library writes a version in a signal of `save()`, which neither `update()` nor a bulk write nor raw SQL sends, and which
costs a statement per row. Here the database writes it, where the audit log is written (see `apps.audit.triggers`).
"""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

REASON_LENGTH = 500


class HistoryStamp(models.Model):
    """Who made this version, without a key to a user: an API key, a task or the system may have made it too."""

    app_privileges = "SELECT"  # the trigger alone writes it

    actor_kind = models.CharField(_("actor kind"), max_length=20)
    actor_label = models.CharField(_("actor"), max_length=200)
    request_id = models.CharField(_("request"), max_length=64)

    class Meta:
        abstract = True


class History(HistoricalRecords):
    """The history of every audited model. Secrets are no part of it, and neither are `updated_at` and indexes beyond the key."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("inherit", True)
        super().__init__(
            bases=(HistoryStamp,),
            history_id_field=models.BigAutoField(),
            history_user_id_field=models.CharField(_("actor id"), max_length=64),
            history_user_getter=lambda version: version.actor_label or version.actor_kind,
            history_user_setter=lambda version, user: None,  # the trigger says who acts
            history_change_reason_field=models.CharField(_("reason"), max_length=REASON_LENGTH, blank=True),
            **options,
        )

    def fields_included(self, model: type[models.Model]) -> "list[models.Field[Any, Any]]":
        left_out = {"updated_at", *model.audit_redacted}  # type: ignore[attr-defined]  # an AuditedModel
        return [field for field in super().fields_included(model) if field.column not in left_out]

    def copy_fields(self, model: type[models.Model]) -> "dict[str, models.Field[Any, Any]]":
        fields: dict[str, models.Field[Any, Any]] = super().copy_fields(model)
        for field in fields.values():
            field.db_index = field.name == "id"
        return fields

    def finalize(self, sender: type[models.Model], **kwargs: Any) -> None:
        if sender._meta.proxy:
            return  # the same rows by another name
        super().finalize(sender, **kwargs)
        for signal, receiver in (
            (models.signals.post_save, self.post_save),
            (models.signals.post_delete, self.post_delete),
            (models.signals.pre_delete, self.pre_delete),
        ):
            signal.disconnect(receiver, sender=sender)
