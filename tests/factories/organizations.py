import factory
from factory.django import DjangoModelFactory
from stdnum import iban

from apps.core import clock
from apps.core.keys import new_key
from apps.organizations.choices import AddressType, ApprovalKind, DocumentType, EntityCode, OrganizationType, PartnerStatus
from apps.organizations.models import (
    Address,
    ApprovalRequest,
    BankAccount,
    BusinessEntity,
    Contact,
    Membership,
    NumberSequence,
    Organization,
)

# Number prefix, KvK number and BTW number: invented, the last with a check digit that is right.
IDENTITIES = {
    EntityCode.CHARGECARS: ("CC", "90000011", "NL810001007B01"),
    EntityCode.LADERTHUIS: ("LT", "90000022", "NL810002012B01"),
    EntityCode.METERKASTTHUIS: ("MK", "90000033", "NL810003016B01"),
    EntityCode.ZAPTECSHOP: ("ZS", "90000044", "NL810004021B01"),
    EntityCode.RATIOSHOP: ("RS", "90000055", "NL810005025B01"),
}
WHOLESALE = (EntityCode.ZAPTECSHOP, EntityCode.RATIOSHOP)


def invented_iban(account: str) -> str:
    """A Dutch IBAN whose check digits are right."""
    return f"NL{iban.calc_check_digits(f'NL00{account}')}{account}"


class AddressFactory(DjangoModelFactory):
    class Meta:
        model = Address

    address_type = AddressType.INSTALLATION
    street = "Dorpsstraat"
    house_number = factory.Sequence(lambda n: n % 99_999 + 1)
    postal_code = "3861AB"
    city = "Nijkerk"


class OfficeFactory(AddressFactory):
    """The one office of the group."""

    class Meta:
        model = Address
        django_get_or_create = ("address_type",)

    address_type = AddressType.OFFICE
    house_number = 1


class BusinessEntityFactory(DjangoModelFactory):
    """A company of the group; the same one when it is asked for again."""

    class Meta:
        model = BusinessEntity
        django_get_or_create = ("entity_code",)

    entity_code = EntityCode.CHARGECARS
    entity_name = factory.LazyAttribute(lambda made: EntityCode(made.entity_code).label)
    legal_name = factory.LazyAttribute(lambda made: f"{made.entity_name} B.V.")
    number_prefix = factory.LazyAttribute(lambda made: IDENTITIES[made.entity_code][0])
    kvk_number = factory.LazyAttribute(lambda made: IDENTITIES[made.entity_code][1])
    btw_number = factory.LazyAttribute(lambda made: IDENTITIES[made.entity_code][2])
    supports_work_orders = factory.LazyAttribute(lambda made: made.entity_code not in WHOLESALE)
    contact_email = factory.LazyAttribute(lambda made: f"support@{made.entity_code}.example.nl")
    address = factory.SubFactory(OfficeFactory)


class BankAccountFactory(DjangoModelFactory):
    class Meta:
        model = BankAccount

    business_entity = factory.SubFactory(BusinessEntityFactory)
    account_name = "ChargeCars B.V."
    iban = factory.Sequence(lambda n: invented_iban(f"TRIO{n:010d}"))


class OrganizationFactory(DjangoModelFactory):
    """A private customer of ChargeCars."""

    class Meta:
        model = Organization

    business_entity = factory.SubFactory(BusinessEntityFactory)
    organization_type = OrganizationType.CUSTOMER_INDIVIDUAL
    name = factory.Sequence(lambda n: f"Sanne de Wit {n} (Particulier)")
    email = factory.Sequence(lambda n: f"sanne.{n}@example.nl")

    class Params:
        partner = factory.Trait(
            business_entity=None,
            organization_type=OrganizationType.PARTNER_ENERGY,
            name=factory.Sequence(lambda n: f"Zonnestroom {n} B.V."),
            slug=factory.Sequence(lambda n: f"zonnestroom-{n}"),
            partner_status=PartnerStatus.ACTIVE,
        )


class ContactFactory(DjangoModelFactory):
    class Meta:
        model = Contact

    organization = factory.SubFactory(OrganizationFactory)
    first_name = "Sanne"
    last_name = "de Wit"
    email = factory.SelfAttribute("organization.email")
    is_primary = True


class MembershipFactory(DjangoModelFactory):
    """Staff of ChargeCars; give an organization instead for somebody outside."""

    class Meta:
        model = Membership

    user = factory.SubFactory("tests.factories.accounts.UserFactory")
    business_entity = factory.Maybe("organization", None, factory.SubFactory(BusinessEntityFactory))
    organization = None


class NumberSequenceFactory(DjangoModelFactory):
    class Meta:
        model = NumberSequence

    business_entity = factory.SubFactory(BusinessEntityFactory)
    document_type = DocumentType.ORDER
    year = factory.Sequence(lambda n: 2025 + n % 26)


class ApprovalRequestFactory(DjangoModelFactory):
    """Somebody asks that a partner gets an IBAN."""

    class Meta:
        model = ApprovalRequest

    kind = ApprovalKind.IBAN
    business_entity = factory.SubFactory(BusinessEntityFactory)
    about_type = "organization"
    about_id = factory.LazyFunction(new_key)
    label = "Zonnestroom B.V."
    iban = "NL91ABNA0417164300"
    reason = "Brief van 2 maart"
    requested_by = factory.SubFactory("tests.factories.accounts.UserFactory")
    requested_at = factory.LazyFunction(clock.now)
