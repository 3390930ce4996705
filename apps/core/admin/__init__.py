"""What every admin page stands on: scope, buttons, history, chips. Apps import from here, never from its modules.

A page is a table of contents. What a person may see is the queryset's `visible_to`; what a person may do is a service
behind a button; what happened is the history. No page writes a status or decides a rule.
"""

from apps.core.admin.bases import BaseAdmin, ReadOnlyAdmin, RowsInline, WholeGroupPage
from apps.core.admin.bulk import BulkAct, BulkPage
from apps.core.admin.buttons import ActionButton, ActionForm, dress, put_refusal, refusal_texts
from apps.core.admin.export import ExportPage
from apps.core.admin.filters import LocalDaysFilter
from apps.core.admin.lists import Preset
from apps.core.admin.pages import staff_page
from apps.core.admin.secrets import SecretField, masked
from apps.core.chips import admin_link, admin_url, entity_chip, euro, how_long, status_chip, tone_chip

__all__ = [
    "ActionButton",
    "ActionForm",
    "BaseAdmin",
    "BulkAct",
    "BulkPage",
    "ExportPage",
    "LocalDaysFilter",
    "Preset",
    "ReadOnlyAdmin",
    "RowsInline",
    "SecretField",
    "WholeGroupPage",
    "admin_link",
    "admin_url",
    "dress",
    "entity_chip",
    "euro",
    "how_long",
    "masked",
    "put_refusal",
    "refusal_texts",
    "staff_page",
    "status_chip",
    "tone_chip",
]
