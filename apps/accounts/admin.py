from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.accounts import services
from apps.accounts.forms import ApiKeyForm, NewPasswordForm, NewUserForm, ReasonForm, UserForm
from apps.accounts.models import ApiKey, User
from apps.core.admin import ActionButton, BaseAdmin, ReadOnlyAdmin, WholeGroupPage, tone_chip
from apps.core.scope import sees_the_whole_group

# The pages of others, in our dress and without what nobody needs. Factors are their owner's, on the page My security.
for model in (Group, AccessAttempt, AccessFailureLog, AccessLog, EmailAddress, Authenticator):
    admin.site.unregister(model)


@admin.register(User)
class UserAdmin(BaseAdmin, DjangoUserAdmin):
    form, add_form, change_password_form = UserForm, NewUserForm, NewPasswordForm
    list_display = ["email", "first_name", "last_name", "roles", "is_staff", "is_active"]
    list_filter = ["is_active", "is_staff", "is_service", "groups"]
    search_fields = ["email", "first_name", "last_name"]
    ordering = ["email"]
    filter_horizontal = ()
    fieldsets = [
        (None, {"fields": ["email", "password"]}),
        (_("Person"), {"fields": ["first_name", "last_name", "language"]}),
        (_("Rights"), {"fields": ["is_active", "is_staff", "is_service", "is_superuser", "groups"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["email", "first_name", "last_name", "language", "usable_password", "password1", "password2"]}),
    ]

    buttons = [
        ActionButton(
            services.end_sessions,
            _("End all sessions"),
            confirm=_("This person has to log in again, in every browser and every program."),
            permission="admin.users",
            done=_("All sessions have ended."),
        ),
        ActionButton(
            services.remove_factors,
            _("Remove second factors"),
            form=ReasonForm,
            confirm=_("For somebody who lost a phone or a key. All sessions end; the next login needs the password alone."),
            permission="admin.users",
            offered=services.has_factor,
            done=_("The second factors are gone."),
            variant="danger",
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_buttons(self, request: HttpRequest, record: User) -> list[ActionButton]:
        return self.buttons if self.has_change_permission(request, record) else []

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        super().save_model(request, obj, form, change)
        if "is_active" in form.changed_data and not obj.is_active:
            services.end_sessions(user=obj, by=request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return () if request.user.is_superuser else ("is_superuser",)  # nobody raises themselves

    def has_add_permission(self, request: HttpRequest) -> bool:
        return sees_the_whole_group(request.user) and super().has_add_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sets a password can act as its owner, so it takes somebody who sees no less."""
        may_touch = obj is None or request.user.is_superuser or not obj.is_superuser
        return may_touch and sees_the_whole_group(request.user) and super().has_change_permission(request, obj)

    @admin.display(description=_("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all())


@admin.register(Group)
class RoleAdmin(WholeGroupPage, BaseAdmin, DjangoGroupAdmin):
    """Whoever changes a role decides what its people may in every company."""

    list_display = ["name"]
    search_fields = ["name"]


@admin.register(ApiKey)
class ApiKeyAdmin(WholeGroupPage, BaseAdmin):
    """A key is made and revoked, never changed. What it opens is shown once, on the page that answers its making.

    A key opens all that its partner sees, in every company.
    """

    form = ApiKeyForm
    list_display = ["name", "hint", "user", "is_live", "state", "expires_at", "last_used_at"]
    list_select_related = ["user"]
    list_filter = ["is_live"]
    search_fields = ["name", "=key_id", "user__email"]
    fields = ["user", "name", "is_live", "scopes", "expires_at"]
    buttons = [
        ActionButton(
            services.revoke_api_key,
            _("Revoke"),
            subject="api_key",
            confirm=_("Whoever uses this key is shut out at once, for good."),
            permission="admin.integrations",
            offered=lambda key: key.revoked_at is None,
            variant="danger",
        ),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return obj is None and super().has_change_permission(request)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*self.fields, "hint", "state", "revoked_at", "last_used_at"] if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.get_fields(request, obj) if obj else []

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's signature
        key, request.shown_once = services.create_api_key(
            user=obj.user,
            name=obj.name,
            live=obj.is_live,
            scopes=obj.scopes,
            expires_at=obj.expires_at,
            by=request.user,
        )
        obj.pk = key.pk
        obj.refresh_from_db()

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The new API key"),
            "subtitle": obj.name,
            "opts": self.opts,
            "original": obj,
            "record_url": self._url("change", obj),
            "key": request.shown_once,
        }
        return TemplateResponse(request, "admin/api_key_made.html", context)

    @admin.display(description=_("state"))
    def state(self, key: ApiKey) -> SafeString:
        if key.is_usable:
            return tone_chip(_("in use"), "success")
        return tone_chip(_("revoked") if key.revoked_at else _("expired"), "neutral")


@admin.register(AccessAttempt)
class AccessAttemptAdmin(WholeGroupPage, ReadOnlyAdmin):
    """Names that somebody failed to log in with, and how often: five times shuts the door for a quarter of an hour."""

    empty_list = _("Nobody has failed to log in.")
    list_display = ["attempt_time", "username", "ip_address", "failures_since_start", "path_info"]
    search_fields = ["username", "ip_address"]
    fields = ["attempt_time", "username", "ip_address", "failures_since_start", "path_info", "user_agent"]
    buttons = [
        ActionButton(services.unlock_login, _("Unlock"), subject="attempt", permission="admin.users", done=_("Unlocked.")),
    ]
