from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from apps.accounts.models import ApiKey


class MayCall(BasePermission):
    """The default of every view: deny, unless the caller is known, came through the right door and has the scope."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(view, "public", False):
            return True
        if not request.user.is_authenticated:
            return False
        if isinstance(request.auth, ApiKey) and not getattr(view, "accepts_api_keys", False):
            return False
        return self._has_scope(request, getattr(view, "scope", None))

    def _has_scope(self, request: Request, wanted: str | tuple[str, ...] | None) -> bool:
        if wanted is None:
            return True
        scopes = (wanted,) if isinstance(wanted, str) else wanted
        holder = request.auth if isinstance(request.auth, ApiKey) else request.user
        return bool(holder.has_scope(*scopes))
