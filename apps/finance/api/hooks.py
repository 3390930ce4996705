"""What payment providers call when something changed. A call says only where to look: nothing of it is believed."""

from django.http import QueryDict
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.actor import current
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import Malformed
from apps.finance.clients.mollie import PAYMENT_ID
from apps.finance.services import online_payment_knock
from apps.gateway.services import describe_caller, keep_hook, note_hook

FORM = "application/x-www-form-urlencoded"
CALLS_A_MINUTE = 600  # a provider calls for all its customers from a few addresses


class MollieHook(ApiView):
    """Mollie says that a payment changed. It is kept as it came, answered at once, and looked into by the worker.

    An id that we do not know is answered like one that we do, so that nobody learns which there are.
    """

    public = True
    authentication_classes = ()
    transactional = False  # what came in is kept, whatever becomes of it
    max_body_bytes = 10_000

    def rate_limit(self, request: Request) -> RateLimit:
        return RateLimit(bucket=f"hook:{current().ip_address}", limit=CALLS_A_MINUTE)

    @extend_schema(exclude=True)
    def post(self, request: Request) -> Response:
        body = request._request.body
        if len(body) > self.max_body_bytes:
            raise Malformed(_("The body is too large."), code="body_too_large", max_bytes=self.max_body_bytes)
        hook = keep_hook(source="mollie", body=body)
        describe_caller(request._request, integration="Mollie")
        provider_id = _named_in(request._request.content_type, body)
        is_known = online_payment_knock(provider_id=provider_id)
        note_hook(hook, names=provider_id, is_known=is_known)
        return Response(status=200)


def _named_in(content_type: str | None, body: bytes) -> str:
    """The id that a form names, and nothing else of it."""
    if content_type != FORM:
        raise Malformed(_("Send a form."), code="not_a_form")
    try:
        given = QueryDict(body, encoding="utf-8").getlist("id")
    except (ValueError, UnicodeError) as error:
        raise Malformed(_("Send a form."), code="not_a_form") from error
    if len(given) != 1 or not PAYMENT_ID.fullmatch(given[0]):
        raise Malformed(_("Name one payment."), code="no_payment_id")
    return given[0]


urlpatterns = [path("mollie", MollieHook.as_view(), name="hook-mollie")]
