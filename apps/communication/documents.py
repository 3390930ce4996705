"""A message as a letter: the words of the template inside the colours and legal lines of the company that writes."""

import re
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString

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
