"""Secrets on a form: they can be written, and never read."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

SHOWN = 4


class SecretField(forms.CharField):
    """A secret that can be written and never read: left empty, it stays what it is."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        super().__init__(required=False, widget=widget, strip=True, **options)


def masked(secret: str) -> str:
    """That there is a secret, and its end, so that two can be told apart."""
    if not secret:
        return str(_("None yet."))
    return str(_("Set: ••••%(end)s. Leave empty to keep it.") % {"end": secret[-SHOWN:]})
