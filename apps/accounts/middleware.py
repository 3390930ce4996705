"""Between the session and the pages: a session that is used is noted, and whoever lacks a second factor sets one up."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from apps.accounts import services, sessions

GetResponse = Callable[[HttpRequest], HttpResponse]


class SessionSeen:
    """Notes that a logged-in browser was seen. Whoever did not use its session, such as the API, leaves none behind."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.session.accessed and SESSION_KEY in request.session:
            sessions.touch(request)
        return response


class FactorRequired:
    """With REQUIRE_MFA, staff without a second factor see the page that sets one up, and nothing else of the back office."""

    prefix = "/admin/"
    open_names = frozenset({"account_login", "accounts-logout", "accounts-change-password", "jsi18n"})

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        set_up = reverse("mfa_index")
        if not request.path.startswith(self.prefix) or request.path.startswith(set_up):
            return None
        if request.resolver_match.url_name in self.open_names or not request.user.is_authenticated:
            return None
        return HttpResponseRedirect(set_up) if services.must_set_up_factor(request.user) else None
