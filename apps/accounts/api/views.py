from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts import services
from apps.accounts.api.serializers import LoginIn, RefreshIn, TokensOut
from apps.core.api.serializers import validated
from apps.core.api.views import ApiView


class LoginView(ApiView):
    """Exchange a name and password for tokens."""

    public = True
    transactional = False  # a failed login is counted, so it may not be rolled back
    authentication_classes = ()

    @extend_schema(request=LoginIn, responses=TokensOut)
    def post(self, request: Request) -> Response:
        given = validated(LoginIn, request)
        issued = services.log_in(request=request._request, username=given["username"], password=given["password"])
        return Response(TokensOut(issued).data)


class RefreshView(ApiView):
    """Exchange a refresh token for the next pair; each is good once."""

    public = True
    transactional = False  # a token that comes back ends its line, and is refused
    authentication_classes = ()

    @extend_schema(request=RefreshIn, responses=TokensOut)
    def post(self, request: Request) -> Response:
        issued = services.refresh_tokens(**validated(RefreshIn, request))
        return Response(TokensOut(issued).data)
