from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OrganizationsConfig(AppConfig):
    name = "apps.organizations"
    label = "organizations"
    verbose_name = _("Organizations")

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.accounts.models import User
        from apps.core.records import register_record
        from apps.core.scope import register_scope
        from apps.organizations import contributions
        from apps.organizations.choices import ApprovalKind
        from apps.organizations.models import Address, ApprovalRequest, BankAccount, BusinessEntity, Contact, Organization
        from apps.organizations.queries import visible_users
        from apps.organizations.services import carry_out_iban, two_people_for

        register_scope(User, visible_users)
        register_record("business_entity", BusinessEntity)
        register_record("organization", Organization)
        register_record("contact", Contact)
        register_record("address", Address)
        register_record("bank_account", BankAccount)
        register_record("approval_request", ApprovalRequest)
        two_people_for(ApprovalKind.IBAN, carry_out_iban)
        contributions.register()
