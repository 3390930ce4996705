from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication.models import CommunicationMessage
from apps.core.admin import ActionForm
from apps.organizations.models import Contact


class SendTestForm(ActionForm):
    """To whom a template is sent to see how it arrives."""

    recipient_contact = forms.ModelChoiceField(
        queryset=Contact.objects.none(),
        label=pgettext_lazy("addressee", "to"),
        help_text=_("One of our own people, usually. The placeholders get sample values."),
        widget=AutocompleteSelect(CommunicationMessage._meta.get_field("recipient_contact"), admin.site),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        contacts = Contact.objects.visible_to(self.by).not_deleted().filter(is_active=True).exclude(email="")
        self.fields["recipient_contact"].queryset = contacts.select_related("organization")
