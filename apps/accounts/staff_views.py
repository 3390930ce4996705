"""Signing in and My security, in the dress of the admin."""

from functools import wraps
from typing import Any

from allauth.account.utils import perform_login
from allauth.mfa.models import Authenticator
from django.contrib import admin, messages
from django.contrib.auth.views import LoginView, PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from unfold.forms import AdminOwnPasswordChangeForm

from apps.accounts import services
from apps.accounts.forms import StaffLoginForm
from apps.accounts.queries import live_sessions
from apps.core.doors import View, open_to
from apps.core.errors import NotFound, Text

# What a shared computer keeps: with cookies, those of every system beside ours under the same domain would go too.
LEFT_BEHIND = '"cache", "storage"'


def dressed(view: View, title: Text) -> View:
    """A page of allauth with what the admin's templates ask for."""

    @wraps(view)
    def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        request.current_app = admin.site.name  # type: ignore[attr-defined]  # Django's own way
        response = view(request, *args, **kwargs)
        if isinstance(response, TemplateResponse):
            forced = request.user.is_authenticated and services.must_set_up_factor(request.user)
            layout = "unfold/layouts/unauthenticated.html" if forced else "admin/base_site.html"
            base = {**admin.site.each_context(request), "title": title, "layout": layout, "forced": forced}
            response.context_data = {**base, **(response.context_data or {})}
        return response

    return inner


def for_staff(view: View, title: Text) -> View:
    return open_to("staff, for themselves")(admin.site.admin_view(dressed(view, title)))


def for_strangers(view: View, title: Text) -> View:
    """Of a login that is not complete yet."""
    return open_to("whoever has just given a password")(dressed(view, title))


class _LoginPage(LoginView):
    """The admin's login. Whoever has a second factor is asked for it next; only then the login is complete."""

    authentication_form = StaffLoginForm
    template_name = "admin/login.html"
    next_page = "admin:index"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if admin.site.has_permission(request):
            return redirect("admin:index")
        return super().get(request, *args, **kwargs)

    def form_valid(self, form: StaffLoginForm) -> HttpResponse:
        response: HttpResponse = perform_login(self.request, form.get_user(), redirect_url=self.get_success_url())
        return response

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = {"app_path": self.request.get_full_path(), "username": self.request.user.get_username()}
        return super().get_context_data(**context, **kwargs)


log_in = open_to("everybody: the way in")(dressed(_LoginPage.as_view(), gettext_lazy("Log in")))


class _PasswordPage(PasswordChangeView):
    """Whoever came in by the old password is out, except in this browser."""

    form_class = AdminOwnPasswordChangeForm
    template_name = "registration/password_change_form.html"

    def form_valid(self, form: AdminOwnPasswordChangeForm) -> HttpResponse:
        super().form_valid(form)
        services.end_other_sessions(user=form.user, but=self.request.session.session_key)
        messages.success(self.request, _("Your password has been changed; you are logged out everywhere else."))
        return redirect("mfa_index")

    def get_success_url(self) -> str:
        return reverse("mfa_index")


change_password = for_staff(_PasswordPage.as_view(), gettext_lazy("Change password"))


@open_to("everybody: the way out")
def log_out(request: HttpRequest) -> HttpResponse:
    response = admin.site.admin_view(admin.site.logout)(request)
    if request.method == "POST":  # which carries the CSRF token: no other site can have a browser cleared
        response.headers["Clear-Site-Data"] = LEFT_BEHIND
    return response


@require_safe
def _security(request: HttpRequest) -> HttpResponse:
    factors = Authenticator.objects.filter(user=request.user).order_by("created_at")
    by_type = {kind: [factor for factor in factors if factor.type == kind] for kind in Authenticator.Type}
    codes = by_type[Authenticator.Type.RECOVERY_CODES]
    context = {
        "app": next(iter(by_type[Authenticator.Type.TOTP]), None),
        "passkeys": by_type[Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "sessions": live_sessions(request.user),
        "this_session": request.session.session_key,
    }
    template = "mfa/set_up.html" if services.must_set_up_factor(request.user) else "mfa/security.html"
    return TemplateResponse(request, template, context)


security = for_staff(_security, gettext_lazy("My security"))


@require_POST
def _end_session(request: HttpRequest) -> HttpResponse:
    handle = request.POST.get("session", "")
    if not handle:
        services.end_other_sessions(user=request.user, but=request.session.session_key)
        messages.success(request, _("All other sessions have ended."))
        return redirect("mfa_index")
    try:
        services.end_session(user=request.user, handle=handle)
        messages.success(request, _("The session has ended."))
    except NotFound:
        messages.info(request, _("This session had ended already."))
    return HttpResponseRedirect(reverse("mfa_index"))


end_session = open_to("staff, for themselves")(admin.site.admin_view(_end_session))
