"""What the gateway puts around every call of the API."""

from django.conf import settings
from django.http import HttpResponseBase
from rest_framework.request import Request

from apps.core.actor import current
from apps.core.api.interceptors import Work
from apps.core.api.views import ApiView, RateLimit
from apps.core.errors import TooMany
from apps.gateway import idempotency
from apps.gateway.limits import take_token

ALLOWANCE_HEADERS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")


def credential() -> str:
    """The credential that calls, as one text; `system:` where there is none."""
    actor = current()
    return f"{actor.kind}:{actor.id}"


def limit_calls(request: Request, view: ApiView) -> None:
    """Count the call, and tell the caller what is left; refuse it when nothing is."""
    rule = view.rate_limit(request) or _usual_limit(view)
    try:
        allowance = take_token(rule.bucket, limit=rule.limit, seconds=rule.seconds)
    except TooMany as refusal:
        exhausted = (str(rule.limit), "0", str(refusal.retry_after))
        view.headers.update(zip(ALLOWANCE_HEADERS, exhausted, strict=True))
        raise
    view.headers.update(allowance.headers)


def _usual_limit(view: ApiView) -> RateLimit:
    actor = current()
    if actor.id:
        return RateLimit(bucket=f"caller:{credential()}", limit=settings.RATE_LIMITS["user"])
    if view.public:
        return RateLimit(bucket=f"public:{actor.ip_address}", limit=settings.RATE_LIMITS["public"])
    return RateLimit(bucket=f"stranger:{actor.ip_address}", limit=settings.RATE_LIMITS["stranger"])


def answer_once(request: Request, view: ApiView, work: Work) -> HttpResponseBase:
    """A POST with an Idempotency-Key has its effect once; a repeat gets the first answer again."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST" or view.knows_repeats:
        return work()
    return idempotency.once(work, credential=credential(), path=request.path, key=key, body=request._request.body)
