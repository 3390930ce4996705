"""What can be done with organizations, their addresses and our numbers."""

from apps.organizations.services.addresses import AddressData, StreetLine, create_address, split_house_number
from apps.organizations.services.customers import CompanyData, CustomerMatch, find_or_create_customer
from apps.organizations.services.numbers import generate_entity_number, generate_entity_numbers, number_in_series

__all__ = [
    "AddressData",
    "CompanyData",
    "CustomerMatch",
    "StreetLine",
    "create_address",
    "find_or_create_customer",
    "generate_entity_number",
    "generate_entity_numbers",
    "number_in_series",
    "split_house_number",
]
