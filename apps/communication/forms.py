from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication.choices import NotificationPriority
from apps.communication.models import CommunicationMessage, NotificationPreference
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


class PreferencesForm(forms.Form):
    """How one type of notification reaches a colleague."""

    in_app = forms.BooleanField(label=_("under the bell"), required=False)
    email = forms.BooleanField(label=_("by mail"), required=False)
    priority_threshold = forms.ChoiceField(label=_("by mail from priority"), choices=NotificationPriority.choices)

    def __init__(self, *args: Any, row: NotificationPreference, **kwargs: Any) -> None:
        self.row = row
        super().__init__(*args, **kwargs)


class QuietHoursForm(forms.Form):
    """When a colleague gets no letters; what is urgent comes all the same."""

    quiet_hours_start = forms.TimeField(
        label=_("no mail from"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    quiet_hours_end = forms.TimeField(
        label=_("no mail until"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    weekend_enabled = forms.BooleanField(label=_("mail at the weekend too"), required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (cleaned.get("quiet_hours_start") is None) is not (cleaned.get("quiet_hours_end") is None):
            self.add_error("quiet_hours_end", _("Give both ends of the quiet hours, or neither."))
        return cleaned
