from copy import copy
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.admin import SecretField, masked, refusal_texts
from apps.core.errors import DomainError
from apps.core.json import loads_strict
from apps.partners.choices import ResendScope
from apps.partners.models import PartnerIntegration
from apps.partners.presets import PRESETS
from apps.partners.schemas import EXPRESSION_LENGTH
from apps.partners.signing import validate_webhook_secret


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


class PresetForm(forms.Form):
    preset = forms.ChoiceField(
        label=_("preset"),
        choices=lambda: [(name, preset.label) for name, preset in PRESETS.items()],
        help_text=_("Replaces the field and status mapping; article numbers are added."),
    )


class SkipForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)


class TryoutForm(forms.Form):
    """A message to try, and the mapping to try it with: the saved one, or a draft that is kept nowhere."""

    payload = forms.CharField(
        label=_("message"),
        strip=False,
        widget=forms.Textarea(attrs={"spellcheck": "false"}),
        help_text=_("The JSON as the partner sends it, at most 256 kB."),
    )
    use_draft = forms.BooleanField(
        label=_("try with the draft below, not with what is saved"),
        required=False,
    )
    partner_order_id_field = forms.CharField(
        label=_("where the partner's order number stands"), max_length=EXPRESSION_LENGTH, required=False
    )
    custom_field_mapping = forms.CharField(
        label=_("field mapping"), required=False, strip=False, widget=forms.Textarea(attrs={"spellcheck": "false"})
    )

    def __init__(self, *args: Any, integration: PartnerIntegration, **kwargs: Any) -> None:
        self.integration = integration
        super().__init__(*args, **kwargs)

    def clean_payload(self) -> Any:
        return _strict_json(self.cleaned_data["payload"])

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("use_draft"):
            self._clean_draft("partner_order_id_field", given.get("partner_order_id_field", ""))
            try:
                self._clean_draft("custom_field_mapping", _strict_json(given.get("custom_field_mapping") or "{}"))
            except forms.ValidationError as error:
                self.add_error("custom_field_mapping", error)
        return given

    def _clean_draft(self, name: str, value: Any) -> None:
        """Held against the integration's own field, as if it were saved."""
        try:
            self.cleaned_data[name] = PartnerIntegration._meta.get_field(name).clean(value, self.integration)
        except forms.ValidationError as error:
            self.add_error(name, error)

    def tried(self) -> PartnerIntegration:
        """The integration to try with; a draft stands in a copy of it, which is never saved."""
        if not self.cleaned_data["use_draft"]:
            return self.integration
        draft = copy(self.integration)
        draft.partner_order_id_field = self.cleaned_data["partner_order_id_field"]
        draft.custom_field_mapping = self.cleaned_data["custom_field_mapping"]
        return draft


def _strict_json(text: str) -> Any:
    """What a text of JSON says, read as strictly as a message that comes in."""
    try:
        return loads_strict(text.encode(errors="surrogatepass"))
    except DomainError as error:
        raise forms.ValidationError(refusal_texts(error), code=error.code) from error


class KeyForm(forms.Form):
    name = forms.CharField(label=_("name"), max_length=100, help_text=_("To know it by, such as “production 2026”."))
    live = forms.TypedChoiceField(
        label=_("kind"),
        choices=[("", _("Test: its orders are test orders")), ("live", _("Live: its orders are real"))],
        coerce=bool,
        empty_value=False,
        required=False,
    )
    expires_at = forms.DateTimeField(label=_("expires at"), required=False, help_text=_("Empty: it does not expire."))


class ResendForm(forms.Form):
    """A stretch of time, and which of its messages."""

    since = forms.DateTimeField(label=_("queued from"))
    until = forms.DateTimeField(label=_("until"))
    scope = forms.ChoiceField(label=_("which"), choices=ResendScope.choices, initial=ResendScope.FAILED)
