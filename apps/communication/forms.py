from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.communication.choices import ChannelType, NotificationPriority, PreferenceSource, Purpose
from apps.communication.models import CommunicationMessage, MessageBirdConnection, NotificationPreference
from apps.communication.queries import wishes_of
from apps.core.admin import ActionForm, SecretField, masked
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


NOTED = "noted"  # tells a form that shows nothing ticked from one that does not say what it showed


class WishesForm(ActionForm):
    """What somebody told a colleague that they do and do not want."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)  # what was ticked when the colleague opened the form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wishes = wishes_of(self.record)
        self.fields["shown"].initial = " ".join([NOTED, *(_name(wish) for wish, allowed in self.wishes.items() if allowed)])
        for wish, allowed in self.wishes.items():
            channel_type, purpose = wish
            self.fields[_name(wish)] = forms.BooleanField(
                label=f"{ChannelType(channel_type).label}: {Purpose(purpose).label}", required=False, initial=allowed
            )

    def clean(self) -> dict[str, Any]:
        """As the service takes it: what the colleague left as it was shown was not said now. It stays as it is, also where
        the customer has said STOP since.
        """
        given = super().clean() or self.cleaned_data
        shown = given["shown"].split()
        before = {wish: _name(wish) in shown for wish in self.wishes} if NOTED in shown else self.wishes
        wishes = {wish: given[_name(wish)] for wish in self.wishes if given[_name(wish)] != before[wish]}
        return {"wishes": wishes, "source": PreferenceSource.STAFF}


def _name(wish: tuple[str, str]) -> str:
    return "_".join(wish)


class MessageBirdForm(forms.ModelForm):
    """A connection; its keys are asked for and never shown."""

    access_key = SecretField(label=_("access key"), max_length=100)
    signing_key = SecretField(label=_("signing key"), max_length=100)

    class Meta:
        model = MessageBirdConnection
        fields = ["business_entity", "access_key", "signing_key", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"access_key", "signing_key"} & self.fields.keys():
            self.initial[name] = ""
            about = MessageBirdConnection._meta.get_field(name).help_text
            self.fields[name].help_text = f"{masked(getattr(self.instance, name))} {about}"

    def clean_access_key(self) -> str:
        return self._kept("access_key")

    def clean_signing_key(self) -> str:
        return self._kept("signing_key")

    def _kept(self, name: str) -> str:
        given: str = self.cleaned_data[name] or getattr(self.instance, name)
        if not given:
            raise forms.ValidationError(_("Enter the key."), code="required")
        return given
