"""Pages of the back office that belong to no model's list."""

from collections.abc import Callable
from functools import wraps

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from apps.core.doors import View, open_to


def staff_page(permission: str, *, scope: str = "") -> Callable[[View], View]:
    """A page to read, for staff with this permission, and this scope."""

    def decorate(view: View) -> View:
        @require_safe
        @wraps(view)
        def permitted(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            user = request.user
            if not user.has_perm(permission) or (scope and not user.has_scope(scope)):
                raise PermissionDenied
            response: HttpResponse = view(request, *args, **kwargs)
            return response

        return open_to(f"staff with {permission} {scope}".strip())(admin.site.admin_view(permitted))

    return decorate
