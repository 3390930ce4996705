"""Tables of the organizations app, one noun a module."""

from apps.organizations.models.address import Address, AddressQuerySet
from apps.organizations.models.approval import ApprovalRequest, ApprovalRequestQuerySet
from apps.organizations.models.business_entity import MOST_SMALL, BankAccount, BusinessEntity, BusinessEntityQuerySet
from apps.organizations.models.contact import Contact, ContactQuerySet
from apps.organizations.models.membership import Membership
from apps.organizations.models.number_sequence import NumberSequence
from apps.organizations.models.organization import Organization, OrganizationQuerySet
from apps.organizations.models.scope import ScopedQuerySet

__all__ = [
    "MOST_SMALL",
    "Address",
    "AddressQuerySet",
    "ApprovalRequest",
    "ApprovalRequestQuerySet",
    "BankAccount",
    "BusinessEntity",
    "BusinessEntityQuerySet",
    "Contact",
    "ContactQuerySet",
    "Membership",
    "NumberSequence",
    "Organization",
    "OrganizationQuerySet",
    "ScopedQuerySet",
]
