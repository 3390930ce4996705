from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.forms import AuthenticationForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey, User, normalize_login

KEY_SCOPES = (Scope.API_ACCESS, Scope.API_WEBHOOKS, Scope.SALES_ORDERS, Scope.SUPPORT_TICKETS)


class StaffLoginForm(AuthenticationForm):
    """The way in for staff. Django's own words tell that case matters, which it does not in an e-mail address."""

    error_messages = {
        **AuthenticationForm.error_messages,
        "invalid_login": _("The e-mail address or the password is not right, or this person may not enter."),
    }


class NewUserForm(UserCreationForm):
    class Meta:
        model = User
        fields = ("email", "first_name", "last_name", "language")

    def clean_email(self) -> str:
        return normalize_login(self.cleaned_data["email"])


class UserForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"

    def clean_email(self) -> str:
        return normalize_login(self.cleaned_data["email"])


class ApiKeyForm(forms.ModelForm):
    scopes = forms.MultipleChoiceField(
        label=_("scopes"),
        choices=[(scope.value, scope.label) for scope in KEY_SCOPES],
        initial=[Scope.API_ACCESS.value],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = ApiKey
        fields = ("user", "name", "is_live", "scopes", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "user" in self.fields:
            self.fields["user"].queryset = self.fields["user"].queryset.filter(is_service=True, is_active=True)
