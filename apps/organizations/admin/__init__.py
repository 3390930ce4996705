"""Pages where staff keep our companies, whom we deal with, and who works for whom."""

from apps.organizations.admin.approvals import ApprovalRequestAdmin
from apps.organizations.admin.business_entities import BankAccountAdmin, BusinessEntityAdmin, NumberSequenceAdmin
from apps.organizations.admin.organizations import AddressAdmin, ContactAdmin, MembershipAdmin, OrganizationAdmin

__all__ = [
    "AddressAdmin",
    "ApprovalRequestAdmin",
    "BankAccountAdmin",
    "BusinessEntityAdmin",
    "ContactAdmin",
    "MembershipAdmin",
    "NumberSequenceAdmin",
    "OrganizationAdmin",
]
