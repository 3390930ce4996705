from functools import cached_property, partial

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.choices import Scope
from apps.accounts.models import ApiKey
from apps.core.actor import current
from apps.core.api.serializers import shaped
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import DomainError
from apps.gateway.services import describe_caller
from apps.partners import queries, services
from apps.partners.api.serializers import PartnerOrderIn, PartnerOrderOut
from apps.partners.models import PartnerIntegration


class PartnerOrdersView(ApiView):
    """Takes in the orders of one partner."""

    scope = Scope.API_ACCESS
    accepts_api_keys = True

    @cached_property
    def integration(self) -> PartnerIntegration:
        found = queries.integration_of(partner_id=self.kwargs["partner_id"], by=self.request.user)
        describe_caller(
            self.request._request,
            integration=found.integration_name,
            organization_id=found.partner_organization_id,
            organization_label=found.partner_organization.name,
        )
        return found

    def rate_limit(self, request: Request) -> RateLimit | None:
        if current().kind != "api_key":
            return None
        try:
            integration = self.integration
        except DomainError:
            return None  # refused in a moment; until then the caller's own limit counts
        return RateLimit(bucket=f"integration:{integration.pk}", limit=integration.requests_per_minute)

    @extend_schema(
        request=PartnerOrderIn,
        responses={201: PartnerOrderOut, 200: OpenApiResponse(PartnerOrderOut, description="Sent before.")},
        description=(
            "Places an order. The body is in the words agreed with the partner, or in the shape below. An order number that "
            "was sent before gives the first answer again, whatever else the body says."
        ),
    )
    def post(self, request: Request, partner_id: str) -> Response:
        key = request.auth
        received = services.receive_order(
            integration=self.integration,
            payload=request.data,
            shape=partial(shaped, PartnerOrderIn),
            is_test=isinstance(key, ApiKey) and not key.is_live,
            by=request.user,
        )
        return Response(PartnerOrderOut(received.reference).data, status=201 if received.created else 200)
