"""The triggers that write the audit log and the history."""

from typing import Any

import pgtrigger
from django.apps import apps
from django.db import models

from apps.audit.history import REASON_LENGTH
from apps.core.triggers import OwnFunctionTrigger, SharedFunctionTrigger


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


class HistoryTrigger(OwnFunctionTrigger):
    """Keeps each saved version of a row in django-simple-history's table, by whatever means it was written.

    Who, for which request and why comes from `apps.core.actor`, as in the audit log. A write that changes nothing but
    `updated_at` makes no version.
    """

    name = "write_history"
    when = pgtrigger.After
    operation = pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete

    def render_func(self, model: type[models.Model]) -> str:
        recorded: Any = apps.get_model(model._meta.label)
        history = recorded.history.model
        columns = [f'"{field.column}"' for field in history.tracked_fields]
        text = f"""
            DECLARE
                acting jsonb := coalesce(nullif(current_setting('chargecars.acting', true), ''), '{{}}')::jsonb;
                version public."{recorded._meta.db_table}";
            BEGIN
                IF TG_OP = 'UPDATE' AND ({_of("NEW", columns)}) IS NOT DISTINCT FROM ({_of("OLD", columns)}) THEN
                    RETURN NULL;
                END IF;
                IF TG_OP = 'DELETE' THEN version := OLD; ELSE version := NEW; END IF;
                INSERT INTO public."{history._meta.db_table}" (
                    {", ".join(columns)}, history_date, history_type,
                    history_change_reason, history_user_id, actor_kind, actor_label, request_id
                ) VALUES (
                    {_of("version", columns)}, clock_timestamp(),
                    CASE TG_OP WHEN 'INSERT' THEN '+' WHEN 'UPDATE' THEN '~' ELSE '-' END,
                    left(coalesce(acting ->> 'reason', ''), {REASON_LENGTH}), left(coalesce(acting ->> 'id', ''), 64),
                    left(coalesce(acting ->> 'kind', 'system'), 20), left(coalesce(acting ->> 'label', ''), 200),
                    left(coalesce(acting ->> 'request_id', ''), 64)
                );
                RETURN NULL;
            END
        """  # noqa: S608 - names of our own tables and columns
        return " ".join(text.split())  # how it is laid out here is no change of the trigger


def _of(row: str, columns: list[str]) -> str:
    return ", ".join(f"{row}.{column}" for column in columns)
