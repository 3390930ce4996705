"""All addresses: staff under /admin/, machines under /api/v1/ and /hooks/, customers under /pay/, the platform's own at the end."""

from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from chargecars import health, metrics


def doors(module: str, prefix: str) -> list[URLPattern | URLResolver]:
    """The url module of every app that has one."""
    names = [f"{app}.{module}" for app in settings.APPS]
    found = [name for name in names if _exists(name)]
    return [path(prefix, include(name)) for name in found]


def _exists(name: str) -> bool:
    parent = name.rpartition(".")[0]
    return find_spec(parent) is not None and find_spec(name) is not None


urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    *doors("staff_urls", "admin/"),  # an app's own pages beside the generated ones
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),  # the admin's language switch
    *doors("api.urls", "api/v1/"),
    *doors("api.hooks", "hooks/"),
    *doors("public_urls", ""),  # pages for customers
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", metrics.view),
]

# Machines get a problem document, people a page.
handler400 = "apps.core.api.problems.bad_request"
handler403 = "apps.core.api.problems.permission_denied"
handler404 = "apps.core.api.problems.page_not_found"
handler500 = "apps.core.api.problems.server_error"
