"""The headers that stand on every answer."""

from collections.abc import Callable

from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse

HEADERS = {
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Robots-Tag": "noindex",
}
# Unfold evaluates Alpine expressions and styles inline, and letters are shown in a sealed frame; the API page's viewer
# styles inline. Nothing else may.
EXCEPTIONS = {
    "/admin/": {"script-src": ["'unsafe-eval'"], "style-src": ["'unsafe-inline'"], "frame-src": ["'self'"]},
    "/api/v1/docs": {"style-src": ["'unsafe-inline'"]},
}


class ResponseHeaders:
    """Adds what Django has no setting for; nothing but static files may be kept by a browser or a proxy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class ContentSecurityPolicy(CSPMiddleware):
    """The strict policy everywhere, with each exception kept to its own pages."""

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        for prefix, more in EXCEPTIONS.items():
            if request.path.startswith(prefix):
                response._csp_update = more  # type: ignore[attr-defined]  # csp's own way, see its decorators
        return super().process_response(request, response)
