"""Names of the kinds that organizations, contacts, addresses and documents come in."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EntityCode(TextChoices):
    """The five companies of the group."""

    CHARGECARS = "chargecars", "ChargeCars"
    LADERTHUIS = "laderthuis", "LaderThuis.nl"
    METERKASTTHUIS = "meterkastthuis", "MeterKastThuis.nl"
    ZAPTECSHOP = "zaptecshop", "ZaptecShop.nl"
    RATIOSHOP = "ratioshop", "RatioShop.nl"


class DocumentType(TextChoices):
    """What carries a number of ours."""

    ORDER = "order", _("order")
    QUOTE = "quote", _("quote")
    INVOICE = "invoice", _("invoice")
    CREDIT_NOTE = "credit_note", _("credit note")
    WORK_ORDER = "work_order", _("work order")
    VISIT = "visit", _("visit")
    SUPPORT_TICKET = "support_ticket", _("support ticket")
    SALES_TICKET = "sales_ticket", _("sales ticket")
    INQUIRY_TICKET = "inquiry_ticket", _("inquiry ticket")
    FORM_SUBMISSION = "form_submission", _("form submission")
    PAYMENT = "payment", _("payment")
    PAYMENT_BATCH = "payment_batch", _("payout")


class OrganizationType(TextChoices):
    CUSTOMER_INDIVIDUAL = "customer_individual", _("customer, private")
    CUSTOMER_BUSINESS = "customer_business", _("customer, business")
    PARTNER_AUTOMOTIVE = "partner_automotive", _("partner, automotive")
    PARTNER_ENERGY = "partner_energy", _("partner, energy")
    PARTNER_INSTALLER = "partner_installer", _("partner, installer")
    SUPPLIER = "supplier", _("supplier")
    INTERNAL = "internal", _("internal")


CUSTOMER_TYPES = (OrganizationType.CUSTOMER_INDIVIDUAL, OrganizationType.CUSTOMER_BUSINESS)
PARTNER_TYPES = (
    OrganizationType.PARTNER_AUTOMOTIVE,
    OrganizationType.PARTNER_ENERGY,
    OrganizationType.PARTNER_INSTALLER,
)


class PaymentTerms(TextChoices):
    IMMEDIATE = "immediate", _("immediate")
    NET_14 = "net_14", _("14 days")
    NET_30 = "net_30", _("30 days")
    NET_60 = "net_60", _("60 days")
    NET_90 = "net_90", _("90 days")


class PaymentMethod(TextChoices):
    BANK_TRANSFER = "bank_transfer", _("bank transfer")
    CREDIT_CARD = "credit_card", _("credit card")
    IDEAL = "ideal", "iDEAL"
    MOLLIE = "mollie", "Mollie"
    INVOICE = "invoice", _("on invoice")


class PartnerTier(TextChoices):
    PLATINUM = "platinum", _("platinum")
    GOLD = "gold", _("gold")
    SILVER = "silver", _("silver")
    BRONZE = "bronze", _("bronze")
    STARTER = "starter", _("starter")


class PartnerStatus(TextChoices):
    PROSPECT = "prospect", _("prospect")
    ONBOARDING = "onboarding", _("onboarding")
    ACTIVE = "active", _("active")
    SUSPENDED = "suspended", _("suspended")
    ENDED = "ended", _("ended")


class ContactType(TextChoices):
    CUSTOMER = "customer", _("customer")
    CUSTOMER_BUSINESS_OWNER = "customer_business_owner", _("customer, business owner")
    CUSTOMER_FACILITY_MANAGER = "customer_facility_manager", _("customer, facility manager")
    PARTNER_MANAGER = "partner_manager", _("partner, manager")
    PARTNER_TECHNICAL = "partner_technical", _("partner, technical")
    PARTNER_BILLING = "partner_billing", _("partner, billing")
    PARTNER_SALES_AGENT = "partner_sales_agent", _("partner, sales agent")
    INTERNAL_SALES = "internal_sales", _("internal, sales")
    INTERNAL_OPERATIONS = "internal_operations", _("internal, operations")
    INTERNAL_TECHNICAL = "internal_technical", _("internal, technical")
    SUPPLIER_CONTACT = "supplier_contact", _("supplier")


class ContactChannel(TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")
    WHATSAPP = "whatsapp", "WhatsApp"
    PORTAL = "portal", _("portal")


class AddressType(TextChoices):
    INSTALLATION = "installation", _("installation")
    BILLING = "billing", _("billing")
    SHIPPING = "shipping", _("shipping")
    WAREHOUSE = "warehouse", _("warehouse")
    OFFICE = "office", _("office")
    CUSTOMER_HOME = "customer_home", _("customer's home")
    PARTNER_LOCATION = "partner_location", _("partner's location")


class Country(TextChoices):
    NETHERLANDS = "NL", _("Netherlands")
    BELGIUM = "BE", _("Belgium")
    GERMANY = "DE", _("Germany")


class ValidationSource(TextChoices):
    POSTCODE_API = "postcode_api", _("PostcodeAPI (BAG)")
    GOOGLE = "google", "Google"
    MANUAL = "manual", _("manual")


class Confidence(TextChoices):
    HIGH = "high", _("high")
    MEDIUM = "medium", _("medium")
    LOW = "low", _("low")


class AddressFlag(TextChoices):
    """Why a person should look at an address that was accepted all the same."""

    HOUSE_NUMBER_UNREADABLE = "house_number_unreadable", _("the house number cannot be read")
    NOT_FOUND = "not_found", _("the address was not found")


class SequenceLevel(TextChoices):
    """How near a year's series is to its sixth digit."""

    OK = "ok", _("in order")
    WARNING = "warning", _("nearly full")
    CRITICAL = "critical", _("about to widen to six digits")


class ApprovalKind(TextChoices):
    """What one person asks and another approves."""

    REFUND = "refund", _("refund")
    WRITE_OFF = "write_off", _("write-off")
    IBAN = "iban", _("bank account")


class ApprovalState(TextChoices):
    WAITING = "waiting", _("waiting")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")
