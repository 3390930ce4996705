"""What can be done with organizations, their addresses and our numbers."""

from apps.organizations.services.addresses import AddressData, StreetLine, create_address, split_house_number
from apps.organizations.services.approvals import (
    APPROVES,
    against_deciding,
    approve_request,
    ask_approval,
    reject_request,
    two_people_for,
    withdraw_request,
)
from apps.organizations.services.customers import CompanyData, CustomerMatch, find_or_create_customer
from apps.organizations.services.ibans import ask_for_iban, carry_out_iban, iban_in_force
from apps.organizations.services.numbers import generate_entity_number, generate_entity_numbers, number_in_series

__all__ = [
    "APPROVES",
    "AddressData",
    "CompanyData",
    "CustomerMatch",
    "StreetLine",
    "against_deciding",
    "approve_request",
    "ask_approval",
    "ask_for_iban",
    "carry_out_iban",
    "create_address",
    "find_or_create_customer",
    "generate_entity_number",
    "generate_entity_numbers",
    "iban_in_force",
    "number_in_series",
    "reject_request",
    "split_house_number",
    "two_people_for",
    "withdraw_request",
]
