"""Invoices and credit notes on paper: PDF/A-3 with the e-invoice attached, set by Typst, which reaches no network."""

import json
from datetime import UTC, datetime, time
from functools import cache
from threading import Lock

import typst
from django.conf import settings

from apps.finance.documents.data import InvoiceDocument
from apps.finance.documents.page import page_of

TEMPLATES = settings.BASE_DIR / "templates" / "documents"
STANDARD = "a-3a"  # archived (A), with attachments (3), readable aloud and to be searched (a)
ATTACHED = "invoice.xml"

_one_at_a_time = Lock()  # a compiler serves one thread at once


def pdf(document: InvoiceDocument, ubl_xml: bytes) -> bytes:
    """The document as PDF/A-3 with its UBL attached. The same document gives the same bytes, whenever it is made."""
    inputs = {"page": json.dumps(page_of(document), ensure_ascii=False), "ubl": ubl_xml.decode(), "attached": ATTACHED}
    day = datetime.combine(document.issue_date, time(), tzinfo=UTC)
    with _one_at_a_time:
        made: bytes = _compiler().compile(format="pdf", pdf_standards=STANDARD, sys_inputs=inputs, timestamp=day)
    return made


@cache
def _compiler() -> typst.Compiler:
    """Kept with its fonts, which are those that it brings along; what it has set before makes the next faster."""
    fonts = typst.Fonts(include_system_fonts=False)
    return typst.Compiler(TEMPLATES / "invoice.typ", root=TEMPLATES, font_paths=fonts, ignore_system_fonts=True)
