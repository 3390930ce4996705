"""Signing in, and what a person does about it: allauth's pages, by the names under which it looks for them."""

from allauth.account.views import reauthenticate
from allauth.mfa.base.views import authenticate
from allauth.mfa.base.views import reauthenticate as reauthenticate_by_code
from allauth.mfa.recovery_codes.views import generate_recovery_codes, view_recovery_codes
from allauth.mfa.totp.views import activate_totp, deactivate_totp
from allauth.mfa.webauthn.views import add_webauthn, edit_webauthn, reauthenticate_webauthn, remove_webauthn
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView

from apps.accounts import staff_views
from apps.accounts.staff_views import for_staff, for_strangers
from apps.core.doors import open_to

AGAIN = _("Is it still you?")
to_the_page = open_to("everybody: a redirect to My security")(RedirectView.as_view(pattern_name="mfa_index"))

urlpatterns = [
    path("login/", staff_views.log_in, name="account_login"),
    path("login/code/", for_strangers(authenticate, _("Second factor")), name="mfa_authenticate"),
    path("logout/", staff_views.log_out, name="accounts-logout"),
    path("password_change/", staff_views.change_password, name="accounts-change-password"),
    path("security/", staff_views.security, name="mfa_index"),
    path("security/sessions/end/", staff_views.end_session, name="accounts-end-session"),
    path("security/again/", for_staff(reauthenticate, AGAIN), name="account_reauthenticate"),
    path("security/again/code/", for_staff(reauthenticate_by_code, AGAIN), name="mfa_reauthenticate"),
    path("security/again/passkey/", for_staff(reauthenticate_webauthn, AGAIN), name="mfa_reauthenticate_webauthn"),
    path("security/app/", for_staff(activate_totp, _("Set up an authenticator app")), name="mfa_activate_totp"),
    path("security/app/remove/", for_staff(deactivate_totp, _("Remove the authenticator app")), name="mfa_deactivate_totp"),
    path("security/codes/", for_staff(view_recovery_codes, _("Recovery codes")), name="mfa_view_recovery_codes"),
    path("security/codes/new/", for_staff(generate_recovery_codes, _("New recovery codes")), name="mfa_generate_recovery_codes"),
    path("security/passkeys/", to_the_page, name="mfa_list_webauthn"),
    path("security/passkeys/add/", for_staff(add_webauthn, _("Add a passkey")), name="mfa_add_webauthn"),
    path("security/passkeys/<int:pk>/", for_staff(edit_webauthn, _("Rename the passkey")), name="mfa_edit_webauthn"),
    path("security/passkeys/<int:pk>/remove/", for_staff(remove_webauthn, _("Remove the passkey")), name="mfa_remove_webauthn"),
]
