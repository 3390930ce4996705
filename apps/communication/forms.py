from django import forms
from django.utils.translation import gettext_lazy as _

from apps.core.admin import ActionForm
from apps.organizations.models import Contact


class SendTestForm(ActionForm):
    """To whom a template is sent to see how it arrives."""

    recipient_contact = forms.ModelChoiceField(
        queryset=Contact.objects.none(),
        label=_("to"),
        help_text=_("One of our own people, usually. The placeholders get sample values."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        contacts = Contact.objects.visible_to(self.by).not_deleted().filter(is_active=True).exclude(email="")
        self.fields["recipient_contact"].queryset = contacts.select_related("organization")[:500]
