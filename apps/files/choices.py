from django.db import models
from django.utils.translation import gettext_lazy as _


class DocumentType(models.TextChoices):
    """What a file is."""

    PDF = "pdf", _("PDF")
    IMAGE = "image", _("image")
    CONTRACT = "contract", _("contract")
    INVOICE = "invoice", _("invoice")
    QUOTE = "quote", _("quote")
    WORK_ORDER = "work_order", _("work order")
    INSTALLATION_PHOTO = "installation_photo", _("installation photo")
    SIGNATURE = "signature", _("signature")
    CERTIFICATE = "certificate", _("certificate")
    MANUAL = "manual", _("manual")
    FORM_ATTACHMENT = "form_attachment", _("form attachment")
    COMMUNICATION_ATTACHMENT = "communication_attachment", _("message attachment")
    FEEDBACK_ATTACHMENT = "feedback_attachment", _("feedback attachment")
    COMMISSION_STATEMENT = "commission_statement", _("commission statement")
    OTHER = "other", _("other")


class FileCategory(models.TextChoices):
    """What a file shows."""

    ELECTRICAL_PANEL = "electrical_panel", _("electrical panel")
    INSTALLATION_LOCATION = "installation_location", _("installation location")
    EXISTING_WIRING = "existing_wiring", _("existing wiring")
    PROPERTY_EXTERIOR = "property_exterior", _("property exterior")
    PARKING_AREA = "parking_area", _("parking area")
    IDENTIFICATION_DOCUMENT = "identification_document", _("identification document")
    UTILITY_BILL = "utility_bill", _("utility bill")
    BUILDING_PERMIT = "building_permit", _("building permit")
    ELECTRICAL_DIAGRAM = "electrical_diagram", _("electrical diagram")
    SITE_SURVEY = "site_survey", _("site survey")
    DAMAGE_REPORT = "damage_report", _("damage report")
    COMPLETION_PHOTO = "completion_photo", _("completion photo")
    SIGNATURE = "signature", _("signature")
    COMMUNICATION_ATTACHMENT = "communication_attachment", _("message attachment")
    FEEDBACK_PHOTO = "feedback_photo", _("feedback photo")
    COMMISSION_DOCUMENT = "commission_document", _("commission document")
    OTHER_DOCUMENT = "other_document", _("other document")


class ProjectPhase(models.TextChoices):
    """The part of the work that a file belongs to."""

    PLANNING = "planning", _("planning")
    INSTALLATION = "installation", _("installation")
    COMPLETION = "completion", _("completion")
    MAINTENANCE = "maintenance", _("maintenance")
