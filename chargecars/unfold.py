"""The look of the admin (django-unfold): names, colours, sidebar, search."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def environment_label(request: HttpRequest) -> list[Any] | None:
    """Which system this is, where it is not the real one."""
    labels = {"development": [_("Development"), "info"], "test": [_("Test"), "warning"]}
    return labels.get(settings.ENVIRONMENT)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ChargeCars",
    "SITE_HEADER": "ChargeCars",
    "SITE_SUBHEADER": _("Back office"),
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("core/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("core/logo.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_LANGUAGES": True,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "chargecars.unfold.environment_label",
    "LOGIN": {"form": "apps.accounts.forms.StaffLoginForm"},
    "ACCOUNT": {"navigation": [{"title": _("My security"), "link": reverse_lazy("mfa_index")}]},
    "DASHBOARD_CALLBACK": "apps.reporting.home.home",
    "STYLES": [lambda request: static("core/admin.css")],
    "SCRIPTS": [lambda request: static("core/admin.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        # The group's blue (#0066CC) in unfold's ten steps; 600 carries white text at a contrast of 5.6.
        "primary": {
            "50": "#eff6ff",
            "100": "#dbeafe",
            "200": "#bfdbfe",
            "300": "#93c5fd",
            "400": "#5aa2f5",
            "500": "#2b83e6",
            "600": "#0066cc",
            "700": "#0055ab",
            "800": "#064789",
            "900": "#0b3c70",
            "950": "#08264a",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "chargecars.navigation.sidebar",
    },
    "COMMAND": {"search_callback": "apps.reporting.search.search_records", "show_history": False},
}
