from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import services
from apps.accounts.api.serializers import LoginIn, RefreshIn, TokensOut
from apps.core.actor import current
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView, RateLimit
from apps.gateway.services import sign_in_bucket


class SignInView(ApiView):
    """A door where a caller comes to be known.

    Its limit by address is wider than that of other public doors: a whole office logs in and refreshes its tokens from one.
    Guessing is stopped by name, after five failures.
    """

    public = True
    authentication_classes = ()

    def rate_limit(self, request: Request) -> RateLimit:
        return RateLimit(bucket=sign_in_bucket(current().ip_address), limit=settings.RATE_LIMITS["sign_in"])


class LoginView(SignInView):
    """Exchange a name, a password and, where there is a second factor, a code for tokens."""

    transactional = False  # a failed login is counted, so it may not be rolled back

    @extend_schema(request=LoginIn, responses=TokensOut)
    def post(self, request: Request) -> Response:
        given = validated(LoginIn, request)
        issued = services.log_in(request=request._request, **given)
        return Response(TokensOut(issued).data)


class RefreshView(SignInView):
    """Exchange a refresh token for the next pair; each is good once."""

    transactional = False  # a token that comes back ends its line, and is refused

    @extend_schema(request=RefreshIn, responses=TokensOut)
    def post(self, request: Request) -> Response:
        issued = services.refresh_tokens(**validated(RefreshIn, request))
        return Response(TokensOut(issued).data)
