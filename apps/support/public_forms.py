from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.core import validators
from apps.core.errors import DomainError
from apps.core.text import refuse_unwritable
from apps.support.choices import TicketCategory

ASKED_ABOUT = (
    TicketCategory.SCHEDULING,
    TicketCategory.TECHNICAL,
    TicketCategory.BILLING,
    TicketCategory.QUOTE_REQUEST,
    TicketCategory.COMPLAINT,
    TicketCategory.INFORMATION,
    TicketCategory.OTHER,
)


def writable(text: str) -> None:
    """Refuse what cannot be stored."""
    try:
        refuse_unwritable(text)
    except DomainError as error:
        raise ValidationError(str(error.detail), code=error.code) from error


class QuestionForm(forms.Form):
    """What a customer asks. `website` is no field of people's: it is not shown, and who fills it in is a machine."""

    name = forms.CharField(label=_("Your name"), max_length=200, validators=[writable])
    email = forms.CharField(label=_("Your e-mail address"), max_length=254, widget=forms.EmailInput)
    category = forms.ChoiceField(label=_("What is it about?"), choices=lambda: [(each.value, each.label) for each in ASKED_ABOUT])
    order_number = forms.CharField(
        label=_("Order number"), max_length=40, required=False, help_text=_("If you have one."), validators=[writable]
    )
    subject = forms.CharField(label=_("Subject"), max_length=200, validators=[writable])
    message = forms.CharField(label=_("Your question"), max_length=10_000, widget=forms.Textarea, validators=[writable])
    website = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
        self.fields["message"].widget.attrs["rows"] = 7
        self.fields["category"].choices = [(value, str(label).capitalize()) for value, label in self.fields["category"].choices]

    def clean_email(self) -> str:
        return validators.normalize_email(self.cleaned_data["email"])

    @property
    def is_of_a_machine(self) -> bool:
        return bool(self.data.get("website"))


class RatingForm(forms.Form):
    rating = forms.TypedChoiceField(
        label=_("How did we do?"), choices=[(number, str(number)) for number in range(1, 6)], coerce=int
    )
    comment = forms.CharField(
        label=_("Would you like to add something?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea,
        validators=[writable],
    )
