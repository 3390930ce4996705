"""The page where somebody says no to news, and the button of mail programs that does so by itself."""

from csp.constants import NONCE
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.communication.choices import ChannelType, PreferenceSource, Purpose
from apps.communication.services import recipient_of_token, set_preferences
from apps.core.actor import current
from apps.core.chips import HEX_COLOUR
from apps.core.doors import open_to
from apps.core.errors import TooMany
from apps.gateway.services import take_token

HOUSE_COLOUR = "#0066cc"


# A mail program posts here without a page, and so without a token against forgery: the link itself is the secret.
@csrf_exempt
@open_to("whoever has the link: it is signed, and says no to news for one person and channel")
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Asks whether somebody wants no more news through a channel, and writes it down."""
    try:
        take_token(f"unsubscribe:{current().ip_address}", limit=settings.RATE_LIMITS["public"], seconds=60)
    except TooMany as refusal:
        page = render(request, "429.html", status=429)
        page.headers["Retry-After"] = str(refusal.retry_after)
        return page
    found = recipient_of_token(token)
    if found is None:
        raise Http404
    contact, channel_type = found
    is_done = request.method == "POST"
    if is_done:
        wishes = {(channel_type, str(Purpose.MARKETING)): False}
        set_preferences(contact=contact, wishes=wishes, source=PreferenceSource.LINK, by=None)
    entity = contact.organization.business_entity
    colour = entity.primary_color if entity else ""
    context = {
        "is_done": is_done,
        "channel": ChannelType(channel_type).label,
        "brand": entity,
        "language": contact.language,
        "colour": colour if HEX_COLOUR.fullmatch(colour) else HOUSE_COLOUR,
    }
    with translation.override(contact.language):
        page = render(request, "communication/unsubscribe.html", context)
    page._csp_update = {"style-src": [NONCE]}  # type: ignore[attr-defined]  # csp's own way, see its decorators
    return page
