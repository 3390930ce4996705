"""The pages where customers ask, and say how satisfied they are. They need no script and take no more than they show."""

from csp.constants import NONCE
from django.conf import settings
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_http_methods

from apps.core.actor import current
from apps.core.admin.buttons import put_refusal
from apps.core.chips import HEX_COLOUR
from apps.core.doors import open_to
from apps.core.errors import DomainError, TooMany
from apps.gateway.services import take_token
from apps.organizations.models import BusinessEntity
from apps.support import services
from apps.support.choices import SETTLED
from apps.support.models import Ticket
from apps.support.public_forms import QuestionForm, RatingForm

LANGUAGES = {"nl": "Nederlands", "en": "English"}
HOUSE_COLOUR = "#0066cc"
POLICY = {"style-src": [NONCE]}
SALT = "support.asked"
ASKED_AN_HOUR = 20  # by one address: a household, or an office


@open_to("everybody: asks a question, and is shown nothing but its number")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, entity_code: str) -> HttpResponse:
    """The form of one of our companies; what is sent becomes a ticket, and its number is told."""
    if (refused := _refused(request, "support")) is not None:
        return refused
    entity = BusinessEntity.objects.filter(entity_code=entity_code.lower(), is_active=True).first()
    if entity is None:
        raise Http404
    with translation.override(_language(request, "nl")):
        if request.method == "POST":
            return _asked(request, entity)
        if "thanks" in request.GET:
            return _page(request, "support/thanks.html", entity, {"number": _told(request.GET["thanks"])})
        return _page(request, "support/ask.html", entity, {"form": QuestionForm()})


def _asked(request: HttpRequest, entity: BusinessEntity) -> HttpResponse:
    form = QuestionForm(request.POST)
    here = f"{reverse('support-ask', args=[entity.entity_code])}?language={translation.get_language()}&thanks="
    if form.is_of_a_machine:
        return _see(here)  # it believes that it was heard
    if not form.is_valid():
        return _page(request, "support/ask.html", entity, {"form": form}, status=422)
    given = {name: value for name, value in form.cleaned_data.items() if name != "website"}
    question = services.Question(business_entity=entity, language=translation.get_language() or "nl", **given)
    try:
        take_token(f"support-asked:{current().ip_address}", limit=ASKED_AN_HOUR, seconds=3600)
        ticket = services.ask_by_form(question)
    except TooMany as refusal:
        return _too_many(request, refusal)
    except DomainError as error:
        put_refusal(form, error)
        return _page(request, "support/ask.html", entity, {"form": form}, status=422)
    return _see(here + signing.Signer(salt=SALT).sign(ticket.ticket_number))


def _told(signed: str) -> str:
    """The number that we gave; nothing for one that somebody made up."""
    try:
        return signing.Signer(salt=SALT).unsign(signed)
    except signing.BadSignature:
        return ""


@open_to("whoever has the link: it is signed, and opens the rating of one ticket")
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: HttpRequest, token: str) -> HttpResponse:
    """Asks how satisfied the customer is. Opening the page says nothing yet: mail programs open links by themselves."""
    if (refused := _refused(request, "rate")) is not None:
        return refused
    ticket = services.ticket_of_token(token)
    if ticket is None:
        raise Http404
    with translation.override(_language(request, ticket.contact.language)):
        form = RatingForm(request.POST if request.method == "POST" else None, initial={"comment": ticket.satisfaction_comment})
        if request.method == "POST" and form.is_valid():
            return _rated(request, ticket, form)
        return _rating_page(request, ticket, form, status=422 if form.is_bound else 200)


def _rated(request: HttpRequest, ticket: Ticket, form: RatingForm) -> HttpResponse:
    try:
        services.rate_ticket(ticket=ticket, rating=form.cleaned_data["rating"], comment=form.cleaned_data["comment"])
    except DomainError as error:
        put_refusal(form, error)
        return _rating_page(request, ticket, form, status=409)
    return _rating_page(request, ticket, form, thanks=True)


def _rating_page(
    request: HttpRequest, ticket: Ticket, form: RatingForm, *, thanks: bool = False, status: int = 200
) -> HttpResponse:
    more = {"ticket": ticket, "form": form, "thanks": thanks, "is_open": ticket.status in SETTLED, "choices": range(1, 6)}
    return _page(request, "support/rate.html", ticket.business_entity, more, status=status)


def _page(
    request: HttpRequest, template: str, entity: BusinessEntity, more: dict[str, object], *, status: int = 200
) -> HttpResponse:
    colour = entity.primary_color
    context = {
        **more,
        "brand": entity,
        "colour": colour if HEX_COLOUR.fullmatch(colour) else HOUSE_COLOUR,
        "languages": LANGUAGES,
        "language": translation.get_language(),
    }
    return _under_policy(render(request, template, context, status=status))


def _language(request: HttpRequest, otherwise: str) -> str:
    chosen = request.GET.get("language", "")
    return chosen if chosen in LANGUAGES else otherwise


def _see(address: str) -> HttpResponse:
    sent = HttpResponseRedirect(address)
    sent.status_code = 303
    return sent


def _refused(request: HttpRequest, door: str) -> HttpResponse | None:
    """An answer for whoever comes too often."""
    try:
        take_token(f"{door}:{current().ip_address}", limit=settings.RATE_LIMITS["public"], seconds=60)
    except TooMany as refusal:
        return _too_many(request, refusal)
    return None


def _too_many(request: HttpRequest, refusal: TooMany) -> HttpResponse:
    page = render(request, "429.html", status=429)
    page.headers["Retry-After"] = str(refusal.retry_after)
    return page


def _under_policy(response: HttpResponse) -> HttpResponse:
    response._csp_update = POLICY  # type: ignore[attr-defined]  # csp's own way, see its decorators
    return response
