"""What staff fill in: how much of which lines is invoiced or credited, and why something is done."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext_lazy as _

from apps.core.admin import SecretField, masked, put_refusal
from apps.core.errors import DomainError
from apps.finance.choices import ResendScope
from apps.finance.models import AccountingConnection, MollieConnection

PLACE = re.compile(r"^/(?:line_items_to_invoice|lines)/(\d+)")


@dataclass(frozen=True, kw_only=True)
class Rest:
    """A line of which something is left: how much, and at what price in EUR."""

    key: UUID
    description: str
    unit_price: Decimal
    quantity: Decimal


class PartsForm(forms.Form):
    """How much of each line; nothing, or nought, leaves a line out."""

    def __init__(self, *args: Any, rests: Sequence[Rest], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rests = rests
        for rest in rests:
            asked = self.fields[_name(rest)] = forms.DecimalField(
                label=rest.description,
                required=False,
                min_value=0,
                max_digits=10,
                decimal_places=3,
                initial=f"{rest.quantity.normalize():f}",  # as the browser's own field for numbers wants it, whatever the language
            )
            asked.widget.attrs["aria-label"] = rest.description

    @property
    def rows(self) -> Iterator[tuple[Rest, BoundField]]:
        return ((rest, self[_name(rest)]) for rest in self.rests)

    @property
    def others(self) -> list[BoundField]:
        """The fields that are of no line."""
        of_lines = {_name(rest) for rest in self.rests}
        return [field for field in self if field.name not in of_lines]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.parts():
            raise forms.ValidationError(_("Nothing is chosen: say of at least one line how much."), code="nothing_chosen")
        return cleaned

    def parts(self) -> list[tuple[UUID, Decimal]]:
        """What was chosen, line by line."""
        given = ((rest.key, self.cleaned_data.get(_name(rest))) for rest in self.rests)
        return [(key, quantity) for key, quantity in given if quantity]

    def put_refusal(self, error: DomainError) -> None:
        """Show a refusal: at the line that it is about, else above the form."""
        chosen = [key for key, _quantity in self.parts()]
        for fault in error.fields:
            found = PLACE.match(fault.pointer)
            if found:
                self.add_error(f"quantity_{chosen[int(found[1])]}", str(fault.detail))
        if not any(PLACE.match(fault.pointer) for fault in error.fields):
            put_refusal(self, error)


class InvoiceForm(PartsForm):
    customer_reference = forms.CharField(
        label=_("customer's reference"), max_length=100, required=False, help_text=_("The customer's own order number.")
    )
    draft = forms.BooleanField(
        label=_("keep as draft"), required=False, help_text=_("Without it an invoice below the limit gets its number at once.")
    )


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("reason"), max_length=500, widget=forms.Textarea)


class MollieForm(forms.ModelForm):
    """A connection; its key is asked for and never shown."""

    api_key = SecretField(label=_("API key"), max_length=100)

    class Meta:
        model = MollieConnection
        fields = ["business_entity", "api_key", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "api_key" in self.fields:
            self.initial["api_key"] = ""
            about = MollieConnection._meta.get_field("api_key").help_text
            self.fields["api_key"].help_text = f"{masked(self.instance.api_key)} {about}"

    def clean_api_key(self) -> str:
        given: str = self.cleaned_data["api_key"] or self.instance.api_key
        if not given:
            raise forms.ValidationError(_("Enter the key."), code="required")
        return given


class ConnectionForm(forms.ModelForm):
    """A connection; its secret is asked for and never shown."""

    client_secret = SecretField(label=_("client secret"), max_length=500)

    class Meta:
        model = AccountingConnection
        fields = [
            "business_entity", "system", "client_id", "client_secret", "administration", "starts_on", "sends_payments",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "client_secret" in self.fields:
            self.initial["client_secret"] = ""
            self.fields["client_secret"].help_text = masked(self.instance.client_secret)

    def clean_client_secret(self) -> str:
        secret: str = self.cleaned_data["client_secret"] or self.instance.client_secret
        if not secret:
            raise forms.ValidationError(_("Without it nobody is let in."), code="required")
        return secret


class ResendExportsForm(forms.Form):
    since = forms.DateField(label=_("put in line from"))
    until = forms.DateField(label=_("up to and including"))
    scope = forms.ChoiceField(label=_("which"), choices=ResendScope, initial=ResendScope.PARKED)


class CreditForm(PartsForm):
    reason = forms.CharField(label=_("reason"), max_length=500, help_text=_("It stands on the credit note."))


def _name(rest: Rest) -> str:
    return f"quantity_{rest.key}"
