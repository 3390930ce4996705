"""The readable history beside the log: django-simple-history, told who acts by `apps.core.actor`."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.core.actor import current

REASON_LENGTH = 500


def acting_kind() -> str:
    return current().kind


def acting_id() -> str:
    return current().id


def acting_label() -> str:
    return current().label


def acting_request_id() -> str:
    return current().request_id


class HistoryStamp(models.Model):
    """Who made this version, without a key to a user: an API key, a task or the system may have made it too."""

    app_privileges = "SELECT, INSERT"

    actor_kind = models.CharField(_("actor kind"), max_length=20, default=acting_kind)
    actor_label = models.CharField(_("actor"), max_length=200, default=acting_label)
    request_id = models.CharField(_("request"), max_length=64, default=acting_request_id)

    class Meta:
        abstract = True


class History(HistoricalRecords):
    """The history of every audited model. Secrets are no part of it, and neither are `updated_at` and indexes beyond the key."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("inherit", True)
        super().__init__(
            bases=(HistoryStamp,),
            history_id_field=models.BigAutoField(),
            history_user_id_field=models.CharField(_("actor id"), max_length=64, default=acting_id),
            history_user_getter=lambda version: version.actor_label or version.actor_kind,
            history_user_setter=lambda version, user: None,  # the columns' defaults already say who acts
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

    def get_history_user(self, instance: models.Model) -> None:
        """Nobody: see HistoryStamp."""

    def get_change_reason_for_object(self, instance: models.Model, history_type: str, using: str | None) -> str:
        return current().reason[:REASON_LENGTH]
