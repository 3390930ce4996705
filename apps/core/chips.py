"""Small marks in lists and on pages: a status, an entity's colour, an amount, a link."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import models
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from apps.core import clock
from apps.core.errors import Text

HEX_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})")
TONES = ("neutral", "info", "success", "warning", "danger")


def status_chip(label: Text, colour: str = "", *, since: datetime | None = None, overdue: bool = False) -> SafeString:
    """A status in its own colour, with how long it has stood; overdue is said in words too, not by colour alone."""
    return render_to_string(
        "admin/chips/status.html",
        {"label": label, "colour": _colour(colour), "since": how_long(since), "overdue": overdue},
    )


def tone_chip(label: Text, tone: str = "neutral") -> SafeString:
    """A short word whose tone says whether all is well."""
    return render_to_string("admin/chips/tone.html", {"label": label, "tone": tone if tone in TONES else "neutral"})


def entity_chip(entity: Any) -> SafeString:
    """A business entity: its name beside its colour."""
    if entity is None:
        return SafeString("–")
    branding = entity.branding_config or {}
    return render_to_string("admin/chips/entity.html", {"entity": entity, "colour": _colour(branding.get("primary_color", ""))})


def euro(amount: Decimal | None) -> str:
    """An amount in EUR as people here write it: € 1.234,56."""
    if amount is None:
        return "–"
    return f"€\u00a0{number_format(amount, decimal_pos=2, use_l10n=True, force_grouping=True)}"


def how_long(since: datetime | None) -> str:
    """How long ago a moment was, in its largest unit."""
    return timesince(since, clock.now(), depth=1) if since else ""


def admin_url(record: models.Model) -> str:
    """The record's page, empty where its model has none."""
    meta = record._meta
    try:
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])
    except NoReverseMatch:
        return ""


def admin_link(record: models.Model | None, label: Text = "") -> SafeString | str:
    """A link to the record's page."""
    if record is None:
        return "–"
    url, text = admin_url(record), label or str(record)
    return format_html('<a class="cc-link" href="{}">{}</a>', url, text) if url else str(text)


def _colour(value: str) -> str:
    """The value when it is a colour: it ends up in a style attribute."""
    return value if HEX_COLOUR.fullmatch(value) else ""
