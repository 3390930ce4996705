from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import Permission
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import User, normalize_login
from apps.core.api.problems import is_machine_path
from apps.core.prepared import Prepared

LONGEST_PASSWORD = 128
_BY_KEY = Prepared(lambda key: User.objects.filter(pk=key).order_by(), samples=[UUID(int=1)])


def login_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """The name by which failed logins are counted: one spelling per user, whatever was typed."""
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return normalize_login(str(typed))[:254]


def locked_out(request: HttpRequest, response: HttpResponse, credentials: dict[str, Any] | None = None) -> HttpResponse:
    """What a locked name is answered. The API has said it already; people get a page that says how long."""
    if is_machine_path(request.path):
        return response
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {**admin.site.each_context(request), "minutes": minutes}
    return render(request, "admin/locked_out.html", context, status=settings.AXES_HTTP_RESPONSE_CODE)


class LoginBackend(ModelBackend):
    """Passwords of people. A service user has none, and a text longer than any password is not worth its hash."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **others: Any
    ) -> AbstractBaseUser | None:
        if password is not None and len(password) > LONGEST_PASSWORD:
            return None
        return super().authenticate(request, username=username, password=password, **others)

    def get_all_permissions(self, user_obj: Any, obj: Any = None) -> set[str]:
        """What a person and their groups may, in one statement where Django takes two: every page and call asks for it."""
        if obj is not None or not user_obj.is_active or user_obj.is_anonymous or user_obj.is_superuser:
            return super().get_all_permissions(user_obj, obj)
        if not hasattr(user_obj, "_perm_cache"):
            names = Permission.objects.order_by().values_list("content_type__app_label", "codename")
            granted = names.filter(user=user_obj.pk).union(names.filter(group__user=user_obj.pk))
            # Django's own place to keep them for the length of a request.
            user_obj._perm_cache = {f"{app}.{codename}" for app, codename in granted}  # noqa: SLF001 - see above
        return set(user_obj._perm_cache)  # noqa: SLF001 - see above

    def get_user(self, user_id: Any) -> User | None:
        """Who a session is of: asked by every page and every call from a browser."""
        user = _BY_KEY.first(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and not user.is_service
