from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as CodeReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, AuthenticateWebAuthnForm, EditWebAuthnForm, ReauthenticateWebAuthnForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from unfold.forms import AdminPasswordChangeForm, AuthenticationForm, UserChangeForm, UserCreationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts import services
from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey, User, normalize_login
from apps.core.errors import TooMany, Unauthenticated

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


class NewPasswordForm(AdminPasswordChangeForm):
    """An administrator gives somebody a new password: whoever came in by the old one is out."""

    def save(self, commit: bool = True) -> User:  # noqa: FBT001, FBT002 - Django's signature
        user: User = super().save(commit)
        services.end_sessions(user=user, by=None)
        return user


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("reason"),
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("How you know that it is really this person who asks. It stands in the audit log."),
    )


# Second factors: allauth's forms, in the words and dress of the house


def code_field(label: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True, "spellcheck": "false"}
    return forms.CharField(label=label, max_length=20, widget=UnfoldAdminTextInputWidget(attrs=attrs))


class _CheckedCode(forms.Form):
    """Has the code looked at by the service, which counts and uses it up."""

    code = code_field(_("Code"))

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        try:
            self.authenticator = services.check_code(request=context.request, user=self.user, code=code)
        except TooMany as error:
            context.request.axes_locked_out = True  # its middleware answers with the page that says how long
            raise ValidationError(str(error)) from error
        except Unauthenticated as error:
            raise ValidationError(str(error)) from error
        return code


class CodeForm(_CheckedCode, AuthenticateForm):
    pass


class CodeAgainForm(_CheckedCode, CodeReauthenticateForm):
    pass


class _CheckedPasskey(forms.Form):
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()
        except (ValidationError, AttributeError, KeyError, TypeError) as error:  # the last three: a shape that it does not expect
            services.note_factor_failed(request=context.request, user=self.user)
            raise ValidationError(_("This passkey was not accepted.")) from error


class PasskeyForm(_CheckedPasskey, AuthenticateWebAuthnForm):
    pass


class PasskeyAgainForm(_CheckedPasskey, ReauthenticateWebAuthnForm):
    pass


class PasswordAgainForm(ReauthenticateForm):
    password = forms.CharField(
        label=_("Password"), widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "current-password", "autofocus": True})
    )


class NewAppForm(ActivateTOTPForm):
    code = code_field(_("Code that the app shows"))


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=100, widget=UnfoldAdminTextInputWidget())


class NewPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name"), max_length=100, required=False, widget=UnfoldAdminTextInputWidget(), help_text=_("Where it is kept.")
    )

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except (AttributeError, KeyError, TypeError, ValueError) as error:  # a shape that it does not expect
            raise ValidationError(_("This passkey was not accepted.")) from error
