"""A report as a letter: HTML that mail programs show, the same as plain text, and its pictures."""

import re
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from apps.accounts.models import User
from apps.reporting.documents.report import report_for

BLANK_LINES = re.compile(r"\n{3,}")
COLOURS = {"success": "#15803d", "danger": "#b91c1c", "warning": "#b45309", "neutral": "#6b7280", "info": "#6b7280"}


@dataclass(frozen=True, kw_only=True)
class ReportLetter:
    subject: str
    text: str
    html: str
    images: dict[str, bytes]


def letter_for(user: User, cadence: str, day: date, *, is_late: bool) -> ReportLetter:
    """The letter of a day in its reader's language, about the companies that the reader works for."""
    with translation.override(user.language):
        report = report_for(user, cadence, day, is_late=is_late)
        context = {
            "report": report,
            "language": user.language,
            "name": user.get_short_name(),
            "base": settings.PUBLIC_BASE_URL,
            "colours": COLOURS,
            "home_url": f"{settings.PUBLIC_BASE_URL}{reverse('admin:index')}",
            "mine_url": f"{settings.PUBLIC_BASE_URL}{reverse('my-reports')}",
        }
        return ReportLetter(
            subject=report.title,
            text=BLANK_LINES.sub("\n\n", render_to_string("mail/report.txt", context)).strip() + "\n",
            html=render_to_string("mail/report.html", context),
            images={chart.name: chart.png() for chart in report.charts},
        )
