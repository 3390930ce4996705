"""What is read across organizations' tables."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from apps.core.errors import Text
from apps.organizations.models import BusinessEntity


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """How far a company's set-up is: a score from 0 to 100 and what is missing."""

    score: int
    issues: tuple[Text, ...]


def completeness(entity: BusinessEntity) -> Completeness:
    """Whether a company has what its documents, messages and planning need."""
    branding, mail = entity.branding_config, entity.email_config
    documents, operations = entity.document_config, entity.operational_config
    needed = (
        (_("legal name"), entity.legal_name),
        (_("KvK number"), entity.kvk_number),
        (_("BTW number"), entity.btw_number),
        (_("logo"), branding.get("logo_url")),
        (_("primary colour"), branding.get("primary_color")),
        (_("sender's address"), mail.get("from_email")),
        (_("sender's name"), mail.get("from_name")),
        (_("invoice template"), documents.get("invoice_template_id")),
        (_("document footer"), documents.get("footer_text")),
        (_("payment term"), entity.payment_term_days is not None),
        (_("time zone"), operations.get("timezone")),
    )
    issues = tuple(name for name, value in needed if not value)
    return Completeness(score=round(100 * (len(needed) - len(issues)) / len(needed)), issues=issues)
