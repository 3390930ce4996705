"""The page where a customer pays an invoice online."""

from csp.constants import NONCE
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_http_methods

from apps.communication.phones import readable_phone
from apps.core import clock
from apps.core.actor import current
from apps.core.chips import HEX_COLOUR, euro
from apps.core.doors import open_to
from apps.core.errors import DomainError, TooMany, Unavailable
from apps.core.money import ZERO
from apps.finance import services
from apps.finance.choices import ENDED, PROCESSING, RECEIVABLE, InvoiceStatus, OnlineState
from apps.finance.models import Invoice, OnlinePayment
from apps.gateway.services import take_token

LANGUAGES = {"nl": "Nederlands", "en": "English"}
HOUSE_COLOUR = "#0066cc"
# While we wait for the provider the page looks again by itself, for as long as a customer would.
LOOKS_AGAIN_FOR, LOOKS_AGAIN_EVERY = 600, 15
POLICY = {"style-src": [NONCE], "form-action": settings.CHECKOUT_SOURCES}


@open_to("whoever has the link: it is signed, and opens one invoice's number and what is open of it")
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what is open of an invoice, sends who wants to pay it to the provider, and says what came of it."""
    bucket = f"pay:{current().ip_address}"
    try:
        take_token(bucket, limit=settings.RATE_LIMITS["public"], seconds=60)
    except TooMany as refusal:
        return _too_many(request, refusal)
    invoice = services.invoice_of_token(token)
    if invoice is None:
        raise Http404
    with translation.override(_language(request, invoice)):
        return _start(request, invoice) if request.method == "POST" else _page(request, invoice)


def _start(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    try:
        online = services.online_payment_start(invoice=invoice)
    except DomainError as refusal:
        fresh = Invoice.objects.for_page().get(pk=invoice.pk)
        return _page(request, fresh, problem=str(refusal.detail), status=503 if isinstance(refusal, Unavailable) else 409)
    if not online.checkout_url:
        return _page(request, invoice)
    sent = HttpResponseRedirect(online.checkout_url)
    sent.status_code = 303
    return _under_policy(sent)


def _page(request: HttpRequest, invoice: Invoice, *, problem: str = "", status: int = 200) -> HttpResponse:
    newest = invoice.online_payments.exclude(state=OnlineState.STARTING).order_by("-started_at").first()
    standing = _standing(invoice, newest)
    context = {
        "invoice": invoice,
        "brand": invoice.business_entity,
        "colour": _colour(invoice),
        "standing": standing,
        "newest": newest,
        "amount": euro(invoice.balance),
        "total": euro(invoice.total_amount),
        "problem": problem,
        "seller": invoice.parties["seller"],
        "phone": readable_phone(invoice.parties["seller"]["phone"], language=translation.get_language() or "nl"),
        "can_pay": standing in ("open", "unfinished", "ended") and bool(services.pay_link(invoice)),
        "looks_again": _looks_again(standing, newest),
        "languages": LANGUAGES,
        "language": translation.get_language(),
    }
    return _under_policy(render(request, "finance/pay.html", context, status=status))


def _standing(invoice: Invoice, newest: OnlinePayment | None) -> str:
    """What the page is about, in one word."""
    if invoice.status == InvoiceStatus.CREDITED:
        return "credited"
    if invoice.status not in RECEIVABLE or invoice.balance <= ZERO:
        return "paid" if invoice.status == InvoiceStatus.PAID else "closed"
    if newest is None or newest.state == OnlineState.PAID:
        return "open"
    if newest.state in PROCESSING:
        return "processing"
    return "ended" if newest.state in ENDED else "unfinished"


def _looks_again(standing: str, newest: OnlinePayment | None) -> int:
    """In how many seconds the page is to look again; 0 for never."""
    if newest is None or standing not in ("processing", "unfinished"):
        return 0
    age = (clock.now() - newest.started_at).total_seconds()
    return LOOKS_AGAIN_EVERY if age < LOOKS_AGAIN_FOR else 0


def _language(request: HttpRequest, invoice: Invoice) -> str:
    """The one that was chosen, else that of the invoice."""
    chosen = request.GET.get("language", "")
    return chosen if chosen in LANGUAGES else invoice.parties.get("language", "nl")


def _colour(invoice: Invoice) -> str:
    colour = invoice.business_entity.primary_color
    return colour if HEX_COLOUR.fullmatch(colour) else HOUSE_COLOUR


def _under_policy(response: HttpResponse) -> HttpResponse:
    response._csp_update = POLICY  # type: ignore[attr-defined]  # csp's own way, see its decorators
    return response


def _too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    page = render(request, "429.html", status=429)
    page.headers["Retry-After"] = str(refusal.retry_after)
    return page
