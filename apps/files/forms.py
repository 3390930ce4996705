from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminSelectWidget

from apps.core.records import entity_types
from apps.files.formats import FORMATS
from apps.files.models import Attachment


class UploadForm(forms.ModelForm):  # type: ignore[type-arg]  # no generic at run time
    """A file and the record it goes with."""

    about_type = forms.ChoiceField(label=_("kind of record"), widget=UnfoldAdminSelectWidget)
    content = forms.FileField(
        label=_("file"),
        max_length=150,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ",".join(f".{name}" for name in FORMATS)}),
    )

    class Meta:
        model = Attachment
        fields = (
            "about_type", "about_id", "document_title", "document_type", "file_category",
            "is_customer_visible", "is_partner_visible", "expiry_date",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about_type"].choices = [(name, name) for name in entity_types()]  # type: ignore[attr-defined]


class VisibilityForm(forms.Form):
    """Who outside the back office may have a file."""

    is_customer_visible = forms.BooleanField(label=_("visible to the customer"), required=False)
    is_partner_visible = forms.BooleanField(label=_("visible to the partner"), required=False)
