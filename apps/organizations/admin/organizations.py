"""Customers, partners and suppliers, their people and places, and who works for whom."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from apps.core.admin import BaseAdmin, RowsInline, entity_chip, tone_chip
from apps.core.scope import sees_the_whole_group
from apps.organizations.admin.approvals import IbanPage
from apps.organizations.models import Address, Contact, Membership, Organization


class ContactInline(RowsInline):
    model = Contact
    fk_name = "organization"
    fields = ["first_name", "last_name", "email", "phone", "contact_type", "is_primary", "is_active"]


@admin.register(Organization)
class OrganizationAdmin(IbanPage, BaseAdmin):
    list_display = ["name", "organization_type", "chip", "email", "phone", "partner_tier", "is_active"]
    list_filter = ["organization_type", "business_entity", "partner_tier", "partner_status", "is_active"]
    list_select_related = ["business_entity"]
    search_fields = ["name", "email", "slug", "kvk_number"]
    inlines = [ContactInline]
    fieldsets = [
        (None, {"fields": ["name", "organization_type", "business_entity", "parent_organization", "is_active"]}),
        (
            _("Reach"),
            {
                "fields": [
                    "email",
                    "phone",
                    "website",
                    "installer_help_line",
                    "visiting_address",
                    "billing_address",
                    "shipping_address",
                ]
            },
        ),
        (_("Identity"), {"fields": ["legal_name", "kvk_number", "vat_number", ("iban", "iban_reason")]}),
        (
            _("Money"),
            {
                "fields": [
                    "payment_terms",
                    "preferred_payment_method",
                    "credit_limit",
                    "billing_email",
                    "financial_contact",
                    "default_billing_configuration",
                ]
            },
        ),
        (
            _("Partner"),
            {"fields": ["slug", "partner_tier", "partner_status", "commission_rate", "account_manager", "permission_presets"]},
        ),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Organization | None = None) -> list[str]:
        """Who stands above whom decides who sees what, in every company."""
        return ["parent_organization"] if obj and not sees_the_whole_group(request.user) else []

    @admin.display(description=_("business entity"), ordering="business_entity")
    def chip(self, organization: Organization) -> SafeString:
        return entity_chip(organization.business_entity)


@admin.register(Contact)
class ContactAdmin(BaseAdmin):
    list_display = ["name", "organization", "contact_type", "email", "phone", "is_primary", "is_active"]
    list_filter = ["contact_type", "language", "is_primary", "is_active"]
    list_select_related = ["organization"]
    search_fields = ["first_name", "last_name", "email", "phone", "organization__name"]

    @admin.display(description=_("name"), ordering="first_name")
    def name(self, contact: Contact) -> str:
        return contact.full_name


@admin.register(Address)
class AddressAdmin(BaseAdmin):
    list_display = ["street_line", "postcode", "city", "address_type", "look", "is_validated"]
    list_filter = ["flag", "address_type", "country", "is_validated"]
    list_select_related = ["business_entity"]
    search_fields = ["street", "postal_code", "city"]
    readonly_fields = ["validated_at", "is_validated", "validation_source", "validation_confidence"]

    @admin.display(description=_("street"), ordering="street")
    def street_line(self, address: Address) -> str:
        return address.street_line

    @admin.display(description=_("postcode"), ordering="postal_code")
    def postcode(self, address: Address) -> str:
        return address.display_postal_code

    @admin.display(description=_("needs a look"), ordering="flag")
    def look(self, address: Address) -> SafeString | str:
        return tone_chip(address.get_flag_display(), "warning") if address.flag else "–"


@admin.register(Membership)
class MembershipAdmin(BaseAdmin):
    list_display = ["user", "business_entity", "organization"]
    list_filter = ["business_entity"]
    list_select_related = ["user", "business_entity", "organization"]
    search_fields = ["user__email", "user__first_name", "user__last_name", "organization__name"]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A partner is the whole group's: working for one gives sight of its orders in every company."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "organization" and not sees_the_whole_group(request.user):
            field.queryset = field.queryset.filter(business_entity__isnull=False)
        return field

    def has_change_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        return self._may_give(request, obj) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Membership | None = None) -> bool:
        # Who leaves loses what the row gave.
        return self._may_give(request, obj) and request.user.has_perm("organizations.delete_membership")

    @staticmethod
    def _may_give(request: HttpRequest, membership: Membership | None) -> bool:
        of_the_group = membership and membership.organization and membership.organization.business_entity_id is None
        return not of_the_group or sees_the_whole_group(request.user)
