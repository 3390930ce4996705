"""The trigger that writes the audit log."""

from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models

from apps.core.triggers import SharedFunctionTrigger


class AuditTrigger(SharedFunctionTrigger):
    """Logs each row written, by whatever means: `save()`, `update()`, bulk, raw SQL."""

    name = "write_audit"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete
    function = "chargecars_write_audit"

    def arguments(self, model: type[models.Model]) -> tuple[str, ...]:
        # makemigrations asks with a model made from migrations, which has no attributes of ours.
        audited: Any = apps.get_model(model._meta.label)
        root_type, root_column = audited.audit_root or ("", "")
        return ",".join(audited.audit_redacted), root_type, root_column
