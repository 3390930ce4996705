"""Customers: one per business entity and e-mail address, whoever sends them and how often."""

from dataclasses import asdict, dataclass
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.choices import Language
from apps.accounts.models import User
from apps.core import validators
from apps.core.prepared import Prepared, insert
from apps.core.transactions import in_transaction, lock_name
from apps.organizations.choices import AddressType, OrganizationType
from apps.organizations.models import Address, BusinessEntity, Contact, Organization
from apps.organizations.services.addresses import AddressData, read_address
from apps.organizations.services.reading import Reading

NAME_LENGTH = 200


_CUSTOMER_BY_EMAIL = Prepared(Organization.objects.reached_at, samples=[UUID(int=1), "-email-"])


@dataclass(frozen=True, kw_only=True)
class CustomerMatch:
    """The customer that was found or made.

    `differences` holds what was given otherwise than it is known: {"phone": {"known": "...", "given": "..."}}.
    """

    organization: Organization
    contact: Contact
    created: bool
    differences: dict[str, dict[str, str]]


@dataclass(frozen=True, kw_only=True)
class CompanyData:
    """What is given of a customer that is a company, beside the person there."""

    name: str
    legal_name: str = ""
    kvk_number: str = ""
    vat_number: str = ""
    iban: str = ""


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What was given, normalized."""

    name: str
    email: str
    phone: str
    language: str
    address: Address | None
    company: CompanyData | None = None


@in_transaction
def find_or_create_customer(
    *,
    business_entity: BusinessEntity,
    name: str,
    email: str,
    phone: str = "",
    address: AddressData | None = None,
    company: CompanyData | None = None,
    language: str = Language.DUTCH,
    by: User | None,
) -> CustomerMatch:
    """Find the customer with this e-mail address, or make one with its contact and address: a company, or a private one.

    What is known stays as it is: a difference is given back, for a person to judge. What is missing is filled in.
    Whoever asks for the same customer at the same time waits, so that there is one.

    Raises:
        Malformed: name, e-mail address, phone number, address or a number of the company cannot be read.
    """
    given = _read(name=name, email=email, phone=phone, address=address, company=company, language=language)
    lock_name(f"customer:{business_entity.pk}:{given.email}")
    known = _CUSTOMER_BY_EMAIL.first(business_entity.pk, given.email)
    if known is None:
        return _create(business_entity, given)
    contact = _main_contact(known) or _create_contact(known, given)
    return CustomerMatch(organization=known, contact=contact, created=False, differences=_complete(known, contact, given))


def _read(
    *, name: str, email: str, phone: str, address: AddressData | None, company: CompanyData | None, language: str
) -> _Given:
    reading = Reading()
    if language not in Language.values:
        reading.refuse("language", code="unknown_language", detail=_("We know nl and en."))
    given = _Given(
        name=reading.take_text("name", name, longest=NAME_LENGTH),
        email=reading.take("email", email, validators.normalize_email),
        phone=reading.take("phone", phone, validators.normalize_phone, required=False),
        language=language,
        address=reading.take_part("address", lambda: read_address(address)) if address else None,
        company=_read_company(reading, company) if company else None,
    )
    reading.finish()
    return given


def _read_company(reading: Reading, given: CompanyData) -> CompanyData:
    return CompanyData(
        name=reading.take_text("company_name", given.name, longest=NAME_LENGTH),
        legal_name=reading.take_text("legal_name", given.legal_name, longest=NAME_LENGTH, required=False),
        kvk_number=reading.take("kvk_number", given.kvk_number, validators.normalize_kvk, required=False),
        vat_number=reading.take("vat_number", given.vat_number, validators.normalize_btw, required=False),
        iban=reading.take("iban", given.iban, validators.normalize_iban, required=False),
    )


def _create(business_entity: BusinessEntity, given: _Given) -> CustomerMatch:
    kind, name = OrganizationType.CUSTOMER_INDIVIDUAL, f"{given.name} (Particulier)"
    if given.company or not business_entity.supports_work_orders:  # a wholesaler's customers are installers and shops
        kind, name = OrganizationType.CUSTOMER_BUSINESS, given.company.name if given.company else given.name
    details = asdict(given.company) if given.company else {}
    organization = Organization(
        **{**details, "name": name},
        business_entity=business_entity,
        organization_type=kind,
        email=given.email,
        phone=given.phone,
        visiting_address=_store_address(business_entity, given.address),
    )
    insert(organization)
    return CustomerMatch(organization=organization, contact=_create_contact(organization, given), created=True, differences={})


def _create_contact(organization: Organization, given: _Given) -> Contact:
    first_name, _space, last_name = given.name.partition(" ")
    return insert(
        Contact(
            organization=organization,
            first_name=first_name,
            last_name=last_name,
            email=given.email,
            phone=given.phone,
            language=given.language,
            is_primary=True,
        )
    )


def _main_contact(organization: Organization) -> Contact | None:
    return organization.contacts.not_deleted().order_by("-is_primary", "-is_active", "pk").first()


def _store_address(business_entity: BusinessEntity | None, address: Address | None) -> Address | None:
    if address is not None:
        address.business_entity = business_entity
        address.address_type = AddressType.CUSTOMER_HOME
        insert(address)
    return address


def _complete(organization: Organization, contact: Contact, given: _Given) -> dict[str, dict[str, str]]:
    """Fill in what is missing; tell what differs."""
    differences = {}
    names = {contact.full_name.casefold(), organization.name.casefold()}
    if given.name.casefold() not in names:
        differences["name"] = {"known": contact.full_name, "given": given.name}
    phones = {contact.phone, contact.mobile, organization.phone} - {""}
    if given.phone and not phones:
        contact.phone = given.phone
        contact.save(update_fields=["phone"])
    elif given.phone and given.phone not in phones:
        differences["phone"] = {"known": contact.phone or contact.mobile or organization.phone, "given": given.phone}
    if given.address is not None:
        differences |= _complete_address(organization, given.address)
    return differences


def _complete_address(organization: Organization, given: Address) -> dict[str, dict[str, str]]:
    known = [
        address
        for address in (organization.visiting_address, organization.billing_address, organization.shipping_address)
        if address is not None
    ]
    if not known:
        organization.visiting_address = _store_address(organization.business_entity, given)
        organization.save(update_fields=["visiting_address"])
        return {}
    if any(address.is_same_place(given) for address in known):
        return {}
    return {"address": {"known": str(known[0]), "given": str(given)}}
