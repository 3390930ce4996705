"""A message as a letter: the words of the template inside the colours and legal lines of the company that writes."""

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import pgettext

from apps.accounts.models import User
from apps.communication.phones import readable_phone
from apps.communication.templating import Rendered
from apps.organizations.models import BusinessEntity

BLANK_LINES = re.compile(r"\n{3,}")  # what a part that was left out leaves behind
FALLBACK_COLOUR = "#0066CC"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What leaves the building: one subject, one text, and perhaps the same in HTML."""

    subject: str
    text: str
    html: str


def write_letter(rendered: Rendered, *, entity: BusinessEntity, reply_to: str, language: str) -> Letter:
    """Put a message on the company's paper. The HTML inside was checked when its template was saved and escaped since."""
    context = {
        "subject": rendered.subject,
        "text": BLANK_LINES.sub("\n\n", rendered.text).strip(),
        "body": SafeString(rendered.html),
        "entity": entity,
        "colour": entity.primary_color or FALLBACK_COLOUR,
        "reply_to": reply_to,
        "phone": readable_phone(entity.contact_phone, language=language),
        "language": language,
        "footer_text": entity.email_config.get("footer_text", ""),
    }
    with translation.override(language):
        return Letter(
            subject=rendered.subject,
            text=render_to_string("mail/letter.txt", context).strip() + "\n",
            html=render_to_string("mail/letter.html", context) if rendered.html else "",
        )


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing that a colleague is told, and where on our pages it leads."""

    title: str
    message: str
    path: str


def write_to_colleague(told: Sequence[Told], *, user: User, intro: str) -> tuple[str, str, str]:
    """Subject, text and HTML of a letter to a colleague about one thing or several."""
    with translation.override(user.language):
        context = {
            "subject": intro.rstrip(":") or told[0].title,
            "intro": intro,
            "language": user.language,
            "entries": [{"told": each, "url": f"{settings.PUBLIC_BASE_URL}{each.path}" if each.path else ""} for each in told],
            "name": user.get_short_name(),
            "action": pgettext("an act", "Open"),
            "preferences_url": f"{settings.PUBLIC_BASE_URL}{reverse('communication-preferences')}",
        }
        text = BLANK_LINES.sub("\n\n", render_to_string("mail/colleague.txt", context)).strip() + "\n"
        return context["subject"], text, render_to_string("mail/colleague.html", context)


def with_images(html: str, images: Mapping[str, bytes]) -> str:
    """The HTML of a letter with its PNGs written into it, as a page shows it: only a mail program knows `cid:`."""
    for name, content in images.items():
        html = html.replace(f"cid:{name}", f"data:image/png;base64,{b64encode(content).decode()}")
    return html
