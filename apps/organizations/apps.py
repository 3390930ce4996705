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
        from apps.organizations.models import Address, BusinessEntity, Contact, Organization
        from apps.organizations.queries import visible_users

        register_scope(User, visible_users)
        register_record("business_entity", BusinessEntity)
        register_record("organization", Organization)
        register_record("contact", Contact)
        register_record("address", Address)
        contributions.register()
