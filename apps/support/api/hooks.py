"""Where others hand us messages of customers. A call is kept as it came, answered at once, and looked into by the worker."""

from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import current
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import Malformed
from apps.gateway.services import describe_caller
from apps.support.services import receive_inbound

CALLS_A_MINUTE = 600  # of all customers of all our companies, from a few addresses
MOST_BYTES = 262_144


class InboundHook(ApiView):
    """A source hands us a message: signed by Standard Webhooks, over the very bytes that are sent.

    What comes twice, by its call or by its own id, is answered like the first time and changes nothing.
    """

    public = True
    authentication_classes = ()
    max_body_bytes = MOST_BYTES
    knows_repeats = True

    def rate_limit(self, request: Request) -> RateLimit:
        return RateLimit(bucket=f"hook:{current().ip_address}", limit=CALLS_A_MINUTE)

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        body = request._request.body
        if len(body) > self.max_body_bytes:
            raise Malformed(_("The body is too large."), code="body_too_large", max_bytes=self.max_body_bytes)
        inbound = receive_inbound(body=body, headers=request._request.headers)
        describe_caller(request._request, integration=str(inbound.source))
        return Response({"id": str(inbound.pk), "state": inbound.state}, status=status.HTTP_202_ACCEPTED)


urlpatterns = [path("inbound-message", InboundHook.as_view(), name="hook-inbound-message")]
