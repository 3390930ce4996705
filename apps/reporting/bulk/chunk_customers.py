"""The customers who order for the first time, each with a contact and an address; and where to install."""

from apps.organizations.choices import AddressType, OrganizationType
from apps.organizations.models import Address, Contact, Organization
from apps.reporting.bulk.chance import Chance
from apps.reporting.bulk.names import FIRST_NAMES, LAST_NAMES, PLACES, SHOPS, STREETS
from apps.reporting.bulk.tables import fill_draft, literal, texts

LETTERS = tuple("ABCDEFGHJKLMNPRTUVWXZ")
MODELS = (Address, Organization, Contact)


def statements(chance: Chance) -> list[str]:
    """What makes the rows of this chunk ready, for `store_draft`."""
    return [
        _people(chance),
        fill_draft(
            Address, _address(literal(AddressType.CUSTOMER_HOME.value), "address_id"), "maker", "bulk_person WHERE is_first"
        ),
        fill_draft(
            Address,
            _address(literal(AddressType.INSTALLATION.value), "installation_address_id"),
            "maker",
            "bulk_person WHERE installation_address_id <> address_id",
        ),
        fill_draft(Organization, ORGANIZATION, "maker", "bulk_person WHERE is_first"),
        fill_draft(Contact, CONTACT, "maker", "bulk_person WHERE is_first"),
    ]


def _people(chance: Chance) -> str:
    """Who they are follows from the number of the customer, so that a second order leads to the same place."""
    of = "customer"
    place = chance.below(len(PLACES), 34, of)
    cities, digits, provinces = zip(*PLACES, strict=True)
    person = {
        "first_name": chance.one_of(FIRST_NAMES, 30, of),
        "last_name": chance.one_of(LAST_NAMES, 31, of),
        "trade": chance.one_of(SHOPS, 32, of),
        "street": chance.one_of(STREETS, 33, of),
        "city": f"({texts(cities)})[1 + {place}]",
        "province": f"({texts(provinces)})[1 + {place}]",
        "postal_code": (
            f"concat(({texts(tuple(map(str, digits)))})[1 + {place}], lpad({chance.below(100, 35, of)}::text, 2, '0'),"
            f" {chance.one_of(LETTERS, 36, of)}, {chance.one_of(LETTERS, 37, of)})"
        ),
        "house_number": f"1 + {chance.below(250, 38, of)}",
        "addition": f"({texts(('A', 'B', 'bis', '', '', '', '', '', '', '', '', ''))})[1 + {chance.below(12, 39, of)}]",
        "phone": f"concat('+316', 1 + {chance.below(5, 40, of)}, lpad({chance.below(10_000_000, 41, of)}::text, 7, '0'))",
    }
    columns = ", ".join(f"{expression} AS {name}" for name, expression in person.items())
    return f"""
        INSERT INTO bulk_person
        SELECT *, lower(replace(concat_ws('.', first_name, last_name, replace(number, '-', '')), ' ', '')) || '@example.nl'
        FROM (SELECT *, {columns} FROM bulk_chunk) AS person
    """


def _address(kind: str, key: str) -> dict[str, str]:
    return {
        "id": key,
        "created_at": "placed_at",
        "updated_at": "placed_at",
        "business_entity_id": "entity_id",
        "address_type": kind,
        "street": "street",
        "house_number": "house_number",
        "house_number_addition": "addition",
        "postal_code": "postal_code",
        "city": "city",
        "province": "province",
    }


ORGANIZATION = {
    "id": "customer_id",
    "created_at": "placed_at",
    "updated_at": "placed_at",
    "business_entity_id": "entity_id",
    "organization_type": (
        f"CASE WHEN installs THEN {literal(OrganizationType.CUSTOMER_INDIVIDUAL.value)}"
        f" ELSE {literal(OrganizationType.CUSTOMER_BUSINESS.value)} END"
    ),
    "name": (
        "CASE WHEN installs THEN concat(first_name, ' ', last_name, ' (Particulier)') ELSE concat(last_name, ' ', trade, ' B.V.') END"
    ),
    "email": "email",
    "phone": "phone",
    "visiting_address_id": "address_id",
}
CONTACT = {
    "id": "contact_id",
    "created_at": "placed_at",
    "updated_at": "placed_at",
    "organization_id": "customer_id",
    "first_name": "first_name",
    "last_name": "last_name",
    "email": "email",
    "phone": "phone",
    "is_primary": "true",
}
