from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FinanceConfig(AppConfig):
    name = "apps.finance"
    label = "finance"
    verbose_name = _("Finance")

    def ready(self) -> None:
        # Models must be loaded first.
        from apps.core.records import register_record
        from apps.finance import checks, contributions, subscribers  # noqa: F401  # importing subscribers subscribes them
        from apps.finance.models import (
            AccountingConnection,
            BankFile,
            BankTransaction,
            CollectionLetter,
            Invoice,
            PartnerCommission,
            Payment,
            PaymentBatch,
        )
        from apps.finance.services import approve_by_door, execute_by_door, reject_by_door, send_by_door
        from apps.workflow.services import act, register_machine

        register_machine(Invoice)
        register_machine(PartnerCommission)
        register_machine(PaymentBatch)
        register_record(AccountingConnection.entity_type, AccountingConnection)
        register_record("payment", Payment)
        register_record("collection_letter", CollectionLetter)
        register_record("bank_file", BankFile)
        register_record("bank_transaction", BankTransaction)
        act(Invoice.entity_type, "approved", approve_by_door)
        act(Invoice.entity_type, "sent", send_by_door)
        act(PartnerCommission.entity_type, "rejected", reject_by_door)
        act(PaymentBatch.entity_type, "executed", execute_by_door)
        contributions.register()
        checks.register()
