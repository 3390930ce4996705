from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminPasswordWidget

from apps.partners.models import PartnerIntegration
from apps.partners.presets import PRESETS
from apps.partners.signing import validate_webhook_secret

SHOWN = 4


class SecretField(forms.CharField):
    """A secret that can be written and never read: left empty, it stays what it is."""

    def __init__(self, **options: Any) -> None:
        widget = UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
        super().__init__(required=False, widget=widget, strip=True, **options)


class IntegrationForm(forms.ModelForm):
    """An integration; its secrets are asked for and never shown."""

    webhook_secret = SecretField(label=_("webhook secret"), max_length=200, validators=[validate_webhook_secret])
    credentials = SecretField(label=_("credentials at the partner"), max_length=4000)

    class Meta:
        model = PartnerIntegration
        exclude = ["previous_webhook_secret"]  # noqa: DJ006  # the page lists what it holds

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("webhook_secret", "credentials"):
            if name in self.fields:
                self.initial[name] = ""
                self.fields[name].help_text = masked(getattr(self.instance, name))

    def clean_webhook_secret(self) -> str:
        return self.cleaned_data["webhook_secret"] or self.instance.webhook_secret

    def clean_credentials(self) -> str:
        return self.cleaned_data["credentials"] or self.instance.credentials


def masked(secret: str) -> str:
    """That there is a secret, and its end, so that two can be told apart."""
    if not secret:
        return str(_("None yet."))
    return str(_("Set: ••••%(end)s. Leave empty to keep it.") % {"end": secret[-SHOWN:]})


class PresetForm(forms.Form):
    preset = forms.ChoiceField(
        label=_("preset"),
        choices=lambda: [(name, preset.label) for name, preset in PRESETS.items()],
        help_text=_("Replaces the field and status mapping; article numbers are added."),
    )


class SkipForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)
