from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        from apps.accounts import subscribers  # noqa: F401  # connects itself
        from apps.accounts.interceptors import refuse_key_in_address
        from apps.accounts.models import ApiKey, User
        from apps.accounts.services import bulk_runs, reencrypt_factors, saved_filters
        from apps.core.admin.bulk import register_run_store
        from apps.core.admin.saved import register_filter_store
        from apps.core.api import interceptors
        from apps.core.crypto import register_secrets
        from apps.core.records import register_record

        register_record("user", User)
        register_record("api_key", ApiKey)
        register_secrets("mfa.Authenticator", reencrypt_factors)
        interceptors.register(gate=refuse_key_in_address)
        register_filter_store(saved_filters)
        register_run_store(bulk_runs)
