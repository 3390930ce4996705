"""What has to stand on an invoice (art. 35a Wet OB 1968; EN 16931 with NLCIUS), and whether it is known."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.core.errors import FieldError, Refused, Text
from apps.finance.choices import VatCategory
from apps.finance.models import Invoice
from apps.finance.services.blocked import blocked_part
from apps.finance.services.drafts import Draft
from apps.organizations.choices import Country, OrganizationType
from apps.organizations.models import Address

Missing = tuple[bool, str, Text]


def refuse_incomplete(draft: Draft) -> None:
    """Raises Refused (invoice_incomplete) with every item that the law asks for and that we do not know."""
    wrong = [
        FieldError(pointer=f"/{place}", code="missing", detail=detail)
        for is_missing, place, detail in (*_of_seller(draft), *_of_buyer(draft), *_of_document(draft))
        if is_missing
    ]
    if wrong:
        raise Refused(_("This invoice lacks what the law asks for."), code="invoice_incomplete", fields=wrong)


def parties_of(draft: Draft) -> dict[str, Any]:
    """Seller and buyer as they are now, as they will stand on the document."""
    invoice = draft.invoice
    entity, buyer, account = invoice.business_entity, invoice.billing_organization, invoice.business_entity.primary_bank_account
    kept = {
        "seller": {
            "name": entity.legal_name,
            "trade_name": entity.entity_name,
            "kvk_number": entity.kvk_number,
            "vat_number": entity.btw_number,
            "email": entity.contact_email,
            "phone": entity.contact_phone,
            "iban": account.iban if account else "",
            "bic": account.bic if account else "",
            "website": entity.website_url.partition("://")[2].rstrip("/"),
            "colour": entity.primary_color,
            "terms_url": entity.document_config.get("terms_url", ""),
            "address": _written(entity.address),
        },
        "buyer": {
            "name": _name(invoice),
            "contact": invoice.billing_contact.full_name,
            "kvk_number": buyer.kvk_number,
            "vat_number": buyer.vat_number,
            "email": buyer.billing_email or invoice.billing_contact.email or buyer.email,
            "is_business": not _is_private(invoice),
            "address": _written(buyer_address(invoice)),
        },
        "delivery": _written(invoice.order.installation_address or invoice.order.shipping_address),
        "language": invoice.billing_contact.language,
        "order_number": invoice.order.order_number,
    }
    return {**kept, "g_account": _blocked(draft)}


def _blocked(draft: Draft) -> dict[str, str]:
    part = blocked_part(draft)
    account = draft.invoice.business_entity.blocked_account if part else None
    if part is None or account is None:
        return {}
    return {"iban": account.iban, "amount": str(part.amount), "wages": str(part.wages), "reference": part.reference}


def buyer_address(invoice: Invoice) -> Address | None:
    """Where the invoice goes to: the address for invoices, else where the customer is, else where the work was."""
    buyer, order = invoice.billing_organization, invoice.order
    own = buyer.billing_address or buyer.visiting_address
    if buyer != order.customer_organization:
        return own
    return order.billing_address or own or order.installation_address


def _of_seller(draft: Draft) -> list[Missing]:
    entity = draft.invoice.business_entity
    return [
        (not entity.legal_name, "seller/name", _("The company's legal name.")),
        (not entity.btw_number, "seller/vat_number", _("The company's BTW number.")),
        (not entity.kvk_number, "seller/kvk_number", _("The company's KvK number.")),
        (entity.primary_bank_account is None, "seller/iban", _("The company's bank account.")),
        (
            blocked_part(draft) is not None and entity.blocked_account is None,
            "seller/g_account",
            _("The company's blocked account (g-rekening): the customer pays a part of the work on it."),
        ),
    ]


def _of_buyer(draft: Draft) -> list[Missing]:
    invoice = draft.invoice
    buyer, address = invoice.billing_organization, buyer_address(invoice)
    is_reversed = any(line.vat_category == VatCategory.REVERSE_CHARGE for line in draft.lines)
    return [
        (not _name(invoice), "buyer/name", _("The customer's name.")),
        (address is None, "buyer/address", _("The customer's address.")),
        (
            address is not None and address.country != Country.NETHERLANDS,
            "buyer/address/country",
            _("A decision on VAT for a customer abroad: only customers in the Netherlands are invoiced here."),
        ),
        (is_reversed and not buyer.vat_number, "buyer/vat_number", _("The customer's BTW number: the VAT is reverse charged.")),
        (
            buyer.default_billing_configuration.get("require_po_number", False) and not invoice.customer_reference,
            "customer_reference",
            _("The customer's own order number, which it asks for."),
        ),
    ]


def _of_document(draft: Draft) -> list[Missing]:
    return [(not draft.lines, "lines", _("At least one line."))]


def _name(invoice: Invoice) -> str:
    """A company by its legal name; a person by its own, which is not what we call the customer."""
    buyer = invoice.billing_organization
    return buyer.legal_name or (invoice.billing_contact.full_name if _is_private(invoice) else buyer.name)


def _is_private(invoice: Invoice) -> bool:
    return invoice.billing_organization.organization_type == OrganizationType.CUSTOMER_INDIVIDUAL


def _written(address: Address | None) -> dict[str, str]:
    if address is None:
        return {}
    return {
        "street": address.street_line,
        "postal_code": address.display_postal_code,
        "city": address.city,
        "country": address.country,
    }
